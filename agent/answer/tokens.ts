/**
 * How many tokens a text costs a model, estimated without its tokenizer: words by their length, runs of digits by three,
 * each mark by itself, and whatever is not ASCII dearly. It is meant to be too high rather than too low; how far it is off
 * is tested against a real tokenizer in `test/agents/tokens.test.ts`.
 */
export function estimateTokens(text: string): number {
  let tokens = 0;
  for (const { 0: run, index } of text.matchAll(/[A-Z]?[a-z]+|[A-Z]+|\d+| +|[!-/:-@[-`{-~]+|[\s\S]/g)) {
    const code = run.charCodeAt(0);
    if (code > 0xd7ff && code < 0xe000) tokens += 1.5;
    else if (code > 127) tokens += 1;
    else if (/^[A-Z]{2}/.test(run)) tokens += Math.ceil(run.length / 4);
    else if (/^[A-Za-z]/.test(run)) tokens += Math.ceil(run.length / 7);
    else if (/^\d/.test(run)) tokens += Math.ceil(run.length / 3);
    // A blank is a token before a number, and before a word it is a part of that.
    else if (code === 32) tokens += run.length > 1 || isDigit(text.charCodeAt(index + 1)) ? 1 : 0;
    else tokens += Math.ceil(run.length / 1.7);
  }
  return Math.ceil(tokens);
}

const isDigit = (code: number): boolean => code > 47 && code < 58;

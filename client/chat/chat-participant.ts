/** `@runlens`: answers with what production knows, by the model that the person has chosen and the agent tools. */
import { type Location, lsp, type NamedFunction, type ReviewedChange, type ServerStatus } from '@runlens/protocol/lsp';
import * as vscode from 'vscode';
import type { LanguageModelTools } from '../agent/language-model-tools.ts';
import { oneLine, withoutIcons } from '../probes/shown-text.ts';
import type { ServerConnection } from '../server-connection.ts';
import { absenceOf } from './absence.ts';
import { AnswerWriter } from './answer-writer.ts';
import { earlierTurns, functionAtHand, referenceTexts, scopeOf } from './chat-context.ts';
import { askModel, modelProblem } from './chat-model.ts';
import { fencedText, quotedName } from './fenced.ts';
import { followupsOf } from './followups.ts';
import { instructions } from './instructions.ts';
import { KnownFunctions } from './known-functions.ts';
import { plainMarkdown } from './plain-markdown.ts';
import { reviewParts } from './review-text.ts';
import { type FunctionAtHand, isSlashCommand, planOf, reviewBase, type SlashCommand } from './slash-commands.ts';
import { type Message, runToolLoop, type ToolCall } from './tool-loop.ts';

const participantId = 'runlens.runlens';
/** A talk ends after this, whatever a model or a tool still waits for. */
const longestMilliseconds = 5 * 60_000;
const connectMilliseconds = 5_000;
/** UTF-16 units of a tool's answer; the tools themselves keep to less. */
const longestResult = 40_000;
/** Functions that are listed as what an answer rests on. */
const mostReferences = 10;

export interface ChatParticipantOptions {
  readonly server: ServerConnection;
  readonly tools: LanguageModelTools;
  readonly icon: vscode.Uri;
  /** Shows a review in its view. */
  readonly showReview: (review: ReviewedChange) => void;
}

/** What the follow-ups of an answer are made from. */
interface Told {
  readonly command?: SlashCommand;
  readonly subject?: FunctionAtHand;
}

export class ChatParticipant implements vscode.Disposable {
  readonly #options: ChatParticipantOptions;
  readonly #participant: vscode.ChatParticipant;

  constructor(options: ChatParticipantOptions) {
    this.#options = options;
    this.#participant = vscode.chat.createChatParticipant(participantId, (request, context, stream, token) =>
      this.#answer(request, context, stream, token),
    );
    this.#participant.iconPath = options.icon;
    this.#participant.followupProvider = {
      provideFollowups: ({ metadata }) => {
        const { command, subject }: Told = metadata ?? {};
        return followupsOf(command, subject).map(({ prompt, label, command: next }) => ({
          prompt,
          label,
          ...(next === undefined ? {} : { command: next }),
        }));
      },
    };
  }

  dispose(): void {
    this.#participant.dispose();
  }

  async #answer(
    request: vscode.ChatRequest,
    context: vscode.ChatContext,
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ): Promise<vscode.ChatResult> {
    const command = isSlashCommand(request.command) ? request.command : undefined;
    const bounded = new vscode.CancellationTokenSource();
    const deadline = setTimeout(() => bounded.cancel(), longestMilliseconds);
    const cancelled = token.onCancellationRequested(() => bounded.cancel());
    const talk = new Talk(this.#options, request, stream, bounded.token);
    try {
      return { metadata: await talk.run(command, context) };
    } finally {
      if (bounded.token.isCancellationRequested && !token.isCancellationRequested) {
        stream.markdown(`\n\nThis took more than ${longestMilliseconds / 60_000} minutes, and was ended.`);
      }
      clearTimeout(deadline);
      cancelled.dispose();
      talk.dispose();
      bounded.dispose();
    }
  }
}

/** One request and its answer. */
class Talk {
  readonly #server: ServerConnection;
  readonly #options: ChatParticipantOptions;
  readonly #request: vscode.ChatRequest;
  readonly #stream: vscode.ChatResponseStream;
  readonly #token: vscode.CancellationToken;
  readonly #known = new KnownFunctions();
  readonly #listener: vscode.Disposable;
  #named: NamedFunction[] = [];
  #references = 0;
  /** What an answer of a tool, or the review, told of first. */
  #subject: FunctionAtHand | undefined;

  constructor(
    options: ChatParticipantOptions,
    request: vscode.ChatRequest,
    stream: vscode.ChatResponseStream,
    token: vscode.CancellationToken,
  ) {
    this.#options = options;
    this.#server = options.server;
    this.#request = request;
    this.#stream = stream;
    this.#token = token;
    this.#listener = options.tools.onAnswer((functions) => this.#named.push(...functions));
  }

  dispose(): void {
    this.#listener.dispose();
  }

  async run(command: SlashCommand | undefined, context: vscode.ChatContext): Promise<Told> {
    const told = command === undefined ? {} : { command };
    const status = await settledStatus(this.#server, this.#token);
    const absence = absenceOf({
      status,
      trusted: vscode.workspace.isTrusted,
      needsServices: command !== 'review',
    });
    // The text of a change can be judged with nobody to ask.
    if (absence && (command !== 'review' || !status)) {
      this.#stream.markdown(`${absence.text}\n\n`);
      if (status && 'message' in status.collector) this.#text(status.collector.message);
      for (const { command: id, title } of absence.buttons) this.#stream.button({ command: id, title });
      return told;
    }
    const review = command === 'review' ? await this.#review() : undefined;
    if (command === 'review' && !review) return told;
    const atHand = await this.#talk(command, context, review);
    const subject = command === undefined || command === 'why' || command === 'snapshot' ? atHand : this.#subject;
    if (!subject) return told;
    return { ...told, subject: { file: subject.file, function: subject.function } };
  }

  /** Undefined: there is nothing for a model to add to what was said. */
  async #review(): Promise<ReviewedChange | undefined> {
    const base = reviewBase(this.#request.prompt);
    this.#stream.progress('Reading the change, and asking production');
    const review = await this.#server.request(lsp.reviewChange, base === undefined ? {} : { base }, this.#token);
    if (this.#token.isCancellationRequested) return undefined;
    if (review?.kind !== 'review') {
      this.#stream.markdown('The change could not be reviewed. ');
      this.#text(review?.message ?? 'The Runlens language server did not answer.');
      if (!vscode.workspace.isTrusted) {
        this.#stream.button({ command: 'workbench.trust.manage', title: 'Manage Workspace Trust' });
      }
      return undefined;
    }
    this.#options.showReview(review);
    if (review.functions.length > 0) return review;
    this.#tellReview(review);
    return undefined;
  }

  /** The review itself: its figures are no model's. */
  #tellReview(review: ReviewedChange): void {
    for (const part of reviewParts(review)) {
      if (part.kind === 'markdown') this.#stream.markdown(part.text);
      else this.#stream.anchor(locationOf(part.location), part.title);
    }
    this.#subject = review.functions[0];
    this.#known.add(
      review.functions.map((each) => ({ ...each, line: 1 })),
      review.functions.map(({ location }) => location),
    );
    this.#stream.markdown('\n');
  }

  async #talk(
    command: SlashCommand | undefined,
    context: vscode.ChatContext,
    review: ReviewedChange | undefined,
  ): Promise<FunctionAtHand | undefined> {
    const { prompt, references, model } = this.#request;
    const words = prompt.trim();
    const scope = scopeOf(this.#server);
    const atHand = await functionAtHand(references, this.#server, this.#token);
    if (atHand) this.#knowAtHand(atHand);
    const plan = planOf(command, words, scope, atHand);
    this.#stream.progress('Asking production');
    const first: ToolCall[] = plan.first.map(({ tool, input }, index) => ({
      id: `runlens-${index}`,
      name: tool,
      input,
    }));
    const results: { id: string; text: string }[] = [];
    for (const call of first) results.push({ id: call.id, text: await this.#call(call) });
    // What was said before a tool was used is folded away by VS Code: so it comes after, and no tool follows.
    if (review) this.#tellReview(review);
    const question = [
      plan.task,
      `Shown in the editor: ${[scope.service ?? 'all services', scope.environment ?? 'all environments', `the last ${scope.window}`].map((part) => quotedName(part)).join(', ')}.`,
      ...(atHand ? [`The cursor is in ${quotedName(atHand.function)} of ${quotedName(atHand.file)}.`] : []),
      ...(await referenceTexts(references)),
      words === '' ? 'The person wrote nothing more.' : `The person writes: ${words}`,
    ].join('\n\n');
    const opening: readonly Message[] = [
      { role: 'user', text: instructions },
      ...earlierTurns(context),
      { role: 'user', text: question },
      ...(first.length === 0
        ? []
        : ([
            { role: 'assistant', parts: first.map((call) => ({ kind: 'call', ...call })) },
            { role: 'tools', results },
          ] satisfies readonly Message[])),
    ];
    const writer = new AnswerWriter<Location>(
      (code) => this.#known.find(code),
      (part) => {
        if (part.kind === 'markdown') this.#stream.markdown(part.text);
        else this.#cite(part.place, part.title);
      },
    );
    const tools = review ? [] : vscode.lm.tools.filter(({ name }) => this.#options.tools.names.has(name));
    try {
      const end = await runToolLoop(opening, {
        ask: (messages, withTools) => askModel(model, messages, withTools ? tools : [], this.#token),
        call: (call) => this.#call(call),
        say: (text) => writer.add(text),
        isCancelled: () => this.#token.isCancellationRequested,
      });
      writer.end();
      if (end.kind === 'silent') this.#withoutModel('The language model said nothing.', results);
    } catch (error) {
      writer.end();
      if (this.#token.isCancellationRequested) return atHand;
      this.#withoutModel(modelProblem(error), results);
    }
    this.#buttons(command, atHand);
    return atHand;
  }

  #knowAtHand({ file, function: name, uri, position }: NonNullable<Awaited<ReturnType<typeof functionAtHand>>>): void {
    const { line, character } = position;
    const start = { line, character };
    this.#known.add(
      [{ file, function: name, line: line + 1 }],
      [{ uri: uri.toString(), range: { start, end: start } }],
    );
  }

  /** What a tool answers; what goes wrong is an answer, too. */
  async #call({ name, input }: ToolCall): Promise<string> {
    if (!this.#options.tools.names.has(name)) return `There is no tool ${quotedName(name)}.`;
    this.#named = [];
    try {
      const { toolInvocationToken } = this.#request;
      const result = await vscode.lm.invokeTool(name, { input, toolInvocationToken }, this.#token);
      await this.#learn(this.#named);
      const text = result.content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : ''));
      return text.join('\n').slice(0, longestResult);
    } catch (error) {
      if (error instanceof vscode.CancellationError) {
        return this.#token.isCancellationRequested ? 'Cancelled.' : 'The person did not allow it: do not ask again.';
      }
      const message = error instanceof Error ? error.message : String(error);
      return `Runlens could not answer, so nothing is known, which is not a zero: ${fencedText(message, 800)}`;
    }
  }

  /** Finds the functions of an answer in the working copy. */
  async #learn(functions: readonly NamedFunction[]): Promise<void> {
    if (functions.length === 0) return;
    this.#subject ??= functions[0];
    const found = await this.#server.request(lsp.locateFunctions, { functions }, this.#token);
    for (const { location } of this.#known.add(functions, found ?? [])) {
      if (this.#references >= mostReferences) break;
      this.#references += 1;
      this.#stream.reference(locationOf(location));
    }
  }

  /** The facts themselves, where no model makes an answer of them. */
  #withoutModel(problem: string, results: readonly { readonly text: string }[]): void {
    this.#text(problem);
    if (results.length === 0) return;
    const facts = new vscode.MarkdownString('\n\nWhat production says:\n\n');
    facts.appendCodeblock(results.map(({ text }) => text).join('\n\n'), 'text');
    this.#stream.markdown(facts);
  }

  /** A link of VS Code's says file and line only. */
  #cite(place: Location, code: string): void {
    if (!/:\d+$/.test(code)) this.#stream.markdown(`\`${code}\` `);
    this.#stream.anchor(locationOf(place), code);
  }

  #buttons(command: SlashCommand | undefined, atHand: FunctionAtHand | undefined): void {
    if (this.#token.isCancellationRequested) return;
    if (command === 'hot' || command === 'slow') {
      this.#stream.button({ command: 'runlens.hotFunctions.focus', title: 'Open Hot Functions' });
    }
    if (command === 'review') {
      this.#stream.button({ command: 'runlens.review.focus', title: 'Show in the Review View' });
    }
    if (command === 'snapshot') {
      this.#stream.button({ command: 'runlens.probes.focus', title: 'Open Probes' });
    }
    const shown = command === 'why' || command === undefined ? atHand : undefined;
    const place = shown && this.#known.first; // the function at hand is known before any other
    if (!place) return;
    const title = `Details of ${withoutIcons(oneLine(place.function, 60))}`;
    this.#stream.button({
      command: 'runlens.showFunction',
      title,
      arguments: [place.location.uri, place.location.range.start],
    });
  }

  /** A text that may hold anything, as it is. */
  #text(text: string): void {
    this.#stream.markdown(plainMarkdown(text, 800));
  }
}

function locationOf({ uri, range: { start, end } }: Location): vscode.Location {
  const range = new vscode.Range(start.line, start.character, end.line, end.character);
  return new vscode.Location(vscode.Uri.parse(uri), range);
}

/** The status when the collector has answered, or has had the time to. */
async function settledStatus(server: ServerConnection, token: vscode.CancellationToken): Promise<ServerStatus | null> {
  const settled = (): boolean => server.status !== null && server.status.collector.kind !== 'connecting';
  if (settled() || server.gaveUp) return server.status;
  await new Promise<void>((resolve) => {
    const listeners = vscode.Disposable.from(
      server.onStatus(() => settled() && done()),
      token.onCancellationRequested(() => done()),
    );
    const timer = setTimeout(() => done(), connectMilliseconds);
    const done = (): void => {
      clearTimeout(timer);
      listeners.dispose();
      resolve();
    };
  });
  return server.status;
}

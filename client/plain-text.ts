/** The words of a Markdown text, for places that show none: marks, escapes and link targets are taken out. */
export function plainText(markdown: string): string {
  // Escaped marks are words of the text: they are set aside, between two characters of the private use area.
  const kept: string[] = [];
  const aside = markdown.replace(/\\([\\`*_{}[\]()#+\-.!<>|~])/g, (_match, mark: string) => {
    kept.push(mark);
    return `\uE000${kept.length - 1}\uE001`;
  });
  return aside
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(#{1,6}\s+|[-*+]\s+|>\s?)/gm, '')
    .replace(/(\*\*|__|[*`])/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\uE000(\d+)\uE001/g, (_match, index: string) => kept[Number(index)] ?? '');
}

/** The text in lines of at most `width` characters, broken between words where there is a space. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else for (let at = 0; at < word.length; at += width) lines.push(word.slice(at, at + width));
  }
  return lines;
}

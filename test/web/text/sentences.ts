/**
 * The text literals of a TypeScript source that read like sentences, `{}` for each part that is filled in. Comments,
 * imports and code within `${…}` are passed over.
 */
export function sentencesIn(source: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < source.length) {
    const two = source.slice(at, at + 2);
    const one = source[at] ?? '';
    if (two === '//') at = endOf(source, '\n', at);
    else if (two === '/*') at = endOf(source, '*/', at);
    else if (one === "'" || one === '"' || one === '`') {
      const [text, end] = literalAt(source, at);
      found.push(text);
      at = end;
    } else at += 1;
  }
  return found.filter((text) => /[a-z]{2,} [a-z]|\{\} [a-z]|[a-z] \{\}/.test(text));
}

function endOf(source: string, mark: string, from: number): number {
  const at = source.indexOf(mark, from + 2);
  return at < 0 ? source.length : at + mark.length;
}

function literalAt(source: string, start: number): readonly [text: string, end: number] {
  const quote = source[start] ?? '';
  let text = '';
  let at = start + 1;
  while (at < source.length && source[at] !== quote) {
    if (source[at] === '\\') {
      text += source[at + 1] ?? '';
      at += 2;
    } else if (quote === '`' && source.startsWith('${', at)) {
      text += '{}';
      at = endOfHole(source, at + 2);
    } else {
      text += source[at];
      at += 1;
    }
  }
  return [text, at + 1];
}

function endOfHole(source: string, start: number): number {
  let depth = 1;
  let at = start;
  while (at < source.length && depth > 0) {
    const character = source[at] ?? '';
    if (character === "'" || character === '"' || character === '`') at = literalAt(source, at)[1];
    else {
      if (character === '{') depth += 1;
      if (character === '}') depth -= 1;
      at += 1;
    }
  }
  return at;
}

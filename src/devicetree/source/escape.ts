const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
};
const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9a-fA-F]{1,2})|(.))/gs;

/** Resolves the escapes of C: letters, one to three octal digits, `\x` and one or two hexadecimal ones. */
export function resolveEscapes(text: string): { readonly text: string; readonly reason?: string } {
  let reason: string | undefined;
  const output = text.replace(ESCAPE, (_all, octal?: string, hex?: string, letter?: string) => {
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (letter === 'x') reason = '\\x used with no following hex digits';
    return LETTERS[letter ?? ''] ?? letter ?? '';
  });
  return reason === undefined ? { text: output } : { text: output, reason };
}

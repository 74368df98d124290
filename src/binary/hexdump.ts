const BYTES_A_LINE = 16;

/** A canonical hex dump: offset, sixteen bytes, their ASCII. `offset` numbers the first byte. */
export function hexdump(input: Uint8Array, offset = 0): string {
  const lines: string[] = [];
  for (let at = 0; at < input.byteLength; at += BYTES_A_LINE) {
    lines.push(line(input.subarray(at, at + BYTES_A_LINE), offset + at));
  }
  return lines.join('\n');
}

function line(row: Uint8Array, offset: number): string {
  const cells = Array.from(row, (byte) => byte.toString(16).padStart(2, '0'));
  const left = cells.slice(0, 8).join(' ').padEnd(23);
  const right = cells.slice(8).join(' ').padEnd(23);
  const ascii = Array.from(row, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
  return `${offset.toString(16).padStart(8, '0')}  ${left}  ${right}  |${ascii}|`;
}

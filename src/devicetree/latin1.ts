/** `String.fromCharCode` takes its input as arguments; engines allow at least 65,536 of them. */
const CHUNK = 0x2000;

/** One character for each byte, U+0000 to U+00FF: lossless, unlike a decoder. */
export function latin1(input: Uint8Array): string {
  if (input.length <= CHUNK) return String.fromCharCode(...input);
  let text = '';
  for (let at = 0; at < input.length; at += CHUNK) text += String.fromCharCode(...input.subarray(at, at + CHUNK));
  return text;
}

/** The inverse of `latin1`; every character must be below U+0100. */
export function latin1Bytes(text: string): Uint8Array<ArrayBuffer> {
  const output = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) output[i] = text.charCodeAt(i);
  return output;
}

import { hexText } from '../binary/index.ts';

/**
 * What kind of private key bytes are, or hold: PEM anywhere in them, or DER from their first byte on. `undefined` where
 * they are none. It looks at the form alone, so that a key that this program does not read is found too.
 */
export function privateKeyIn(bytes: Uint8Array): string | undefined {
  return holdsPem(bytes) ? 'PEM' : derForms.find(([, form]) => form.test(outline(bytes)))?.[0];
}

const PEM_END = 'PRIVATE KEY';
/** A label is a few words. */
const LABEL_MAX_BYTES = 64;
/** A program that reads keys holds the line as well, but ends it with a zero. */
const PEM_LINE = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----[\sA-Za-z0-9+/]/;

function holdsPem(bytes: Uint8Array): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = buffer.indexOf(PEM_END); at >= 0; at = buffer.indexOf(PEM_END, at + 1)) {
    const around = buffer.subarray(Math.max(0, at - LABEL_MAX_BYTES), at + LABEL_MAX_BYTES);
    if (PEM_LINE.test(around.toString('latin1'))) return true;
  }
  return false;
}

/** Outlines of the structures: a DigestInfo, a public key or a certificate has none of these. */
const derForms: readonly (readonly [name: string, outline: RegExp])[] = [
  // RFC 8017 §A.1.2, and the six numbers of DSA.
  ['PKCS#1 DER', /^02( 02){5}/],
  // RFC 5915 §3.
  ['SEC 1 DER', /^02 04/],
  // RFC 5958 §2.
  ['PKCS#8 DER', /^02 30\(06:[0-9a-f]+\) 04/],
  // RFC 5958 §3: the algorithm is one of PKCS#5 or PKCS#12.
  ['encrypted PKCS#8 DER', /^30\(06:2a864886f70d01(05|0c01)[0-9a-f]{2}\) 04/],
  // RFC 7292 §4.
  ['PKCS#12', /^02 30\(06:2a864886f70d0107/],
];

/** No structure above has more members. */
const MEMBERS_MAX = 16;

/** The tags in a SEQUENCE, as hexadecimal text, with the object identifier that a SEQUENCE among them starts with. */
function outline(bytes: Uint8Array): string {
  const [outer] = elementsOf(bytes, 1);
  if (outer?.tag !== 0x30) return '';
  const tags = elementsOf(outer.content, MEMBERS_MAX).map(({ tag, content }) => {
    const [first] = tag === 0x30 ? elementsOf(content, 1) : [];
    return hexText(Uint8Array.of(tag)) + (first?.tag === 0x06 ? `(06:${hexText(first.content)})` : '');
  });
  return tags.join(' ');
}

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The elements at the start of bytes; lengths that are not minimal are read too, since others read them. */
function elementsOf(bytes: Uint8Array, limit: number): Element[] {
  const found: Element[] = [];
  for (let at = 0; found.length < limit && at + 2 <= bytes.byteLength; ) {
    const [tag = 0, first = 0] = bytes.subarray(at, at + 2);
    const more = first < 0x80 ? 0 : first & 0x7f;
    const start = at + 2 + more;
    const size = more === 0 ? first & 0x7f : Number.parseInt(hexText(bytes.subarray(at + 2, start)) || '0', 16);
    found.push({ tag, content: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return found;
}

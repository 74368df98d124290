import { hexText } from '../binary/index.ts';

/** A private key that lies in other bytes. */
export interface FoundPrivateKey {
  /** `PEM`, `PKCS#8 DER`, … */
  readonly form: string;
  /** Bytes from the start of what was searched. */
  readonly offset: number;
}

/** More findings would say nothing more. */
const MAX_FOUND_KEYS = 16;
/** Room for the largest key that there is: RSA of 16384 bits in PKCS#8 has 9.3 KB. */
const WINDOW_BYTES = 1 << 14;

/**
 * Finds private keys anywhere in bytes that pass: PEM, and DER of the forms below, also of kinds that this program does
 * not use. A program that merely reads such keys holds none: a label has to be followed by the start of a key, and
 * DER has to parse to its last byte. What is compressed or encrypted hides what is in it.
 *
 * @param pieces each may be overwritten by the next
 * @returns the first 16
 */
export function findPrivateKeys(pieces: Iterable<Uint8Array>): FoundPrivateKey[] {
  const finder = new PrivateKeyFinder();
  for (const piece of pieces) if (!finder.push(piece)) break;
  return finder.end();
}

/** As `findPrivateKeys`, for a caller that reads on its own. */
export class PrivateKeyFinder {
  readonly #found: FoundPrivateKey[] = [];
  /** What is not searched yet, and where it lies. */
  #rest = new Uint8Array(0);
  #offset = 0;
  /** Nothing before this is looked at: it belongs to a key that was found. */
  #from = 0;

  /** Takes the next bytes; `false` where more would not be looked at. */
  push(piece: Uint8Array): boolean {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const searched = Math.max(0, bytes.length - WINDOW_BYTES);
    this.#search(bytes, searched);
    this.#rest = bytes.slice(searched);
    this.#offset += searched;
    return this.#found.length < MAX_FOUND_KEYS;
  }

  /** What was found, in order, when everything has passed. */
  end(): FoundPrivateKey[] {
    this.#search(this.#rest, this.#rest.length);
    return this.#found;
  }

  /** Looks for keys that begin before `end`. */
  #search(bytes: Uint8Array, end: number): void {
    for (let at = candidate(bytes, 0, end); at < end; at = candidate(bytes, at + 1, end)) {
      if (this.#found.length >= MAX_FOUND_KEYS) return;
      if (this.#offset + at < this.#from) continue;
      const key = bytes[at] === SEQUENCE ? derAt(bytes, at) : pemAt(bytes, at);
      if (key === undefined) continue;
      this.#found.push({ form: key.form, offset: this.#offset + at });
      this.#from = this.#offset + at + key.size;
    }
  }
}

const SEQUENCE = 0x30;
const DASH = 0x2d;

/** The first place from `at` on, before `end`, at which a key could begin; `end` where there is none. */
function candidate(bytes: Uint8Array, at: number, end: number): number {
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte === SEQUENCE ? startsDer(bytes, at) : byte === DASH && startsPem(bytes, at)) return at;
  }
  return end;
}

interface Key {
  readonly form: string;
  readonly size: number;
}

/**
 * RFC 7468 and RFC 1421: the label, header lines where the body is encrypted or not from OpenSSL, then the body. DER begins
 * with a SEQUENCE, whose base64 begins with M; OpenSSH's own format with "openssh-key-v1". Line breaks may be escaped.
 */
const PEM = (() => {
  const space = String.raw`(?:\s|\\[nr]){1,64}`;
  const header = String.raw`[A-Za-z-]{1,32}: [^\r\n\\]{0,200}(?:\r?\n|\\[nr])(?:\s|\\[nr]){0,64}`;
  const body = `(?:M[A-Za-z0-9+/]{2}|b3|(?:${header}){1,8}[A-Za-z0-9+/]{3})`;
  return new RegExp(`^-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----${space}${body}`);
})();
const PEM_HEAD_BYTES = 2048;
/** One character a byte, and none of those above differs from ASCII. */
const decoder = new TextDecoder('latin1');

function startsPem(bytes: Uint8Array, at: number): boolean {
  return bytes[at + 4] === DASH && bytes[at + 5] === 0x42 && bytes[at + 10] === 0x20;
}

function pemAt(bytes: Uint8Array, at: number): Key | undefined {
  const match = PEM.exec(decoder.decode(bytes.subarray(at, at + PEM_HEAD_BYTES)));
  return match === null ? undefined : { form: 'PEM', size: match[0].length };
}

/** A look at the first bytes: every form begins with a version, or with an algorithm that says how it is encrypted. */
function startsDer(bytes: Uint8Array, at: number): boolean {
  const size = bytes[at + 1] ?? 0;
  const start = size < 0x80 ? at + 2 : size > 0x80 && size <= 0x84 ? at + 2 + (size & 0x7f) : undefined;
  if (start === undefined) return false;
  if (bytes[start] === 0x02) return bytes[start + 1] === 1 && (bytes[start + 2] ?? 0xff) <= 3;
  return bytes[start] === SEQUENCE && (bytes[start + 1] ?? 0xff) < 0x80 && bytes[start + 2] === 0x06;
}

/** One element of BER with a definite length; lengths that are not minimal are read too, since others read them. */
interface TlvElement {
  readonly tag: number;
  readonly content: Uint8Array;
  /** Where the next one begins. */
  readonly end: number;
}

function elementAt(bytes: Uint8Array, at: number): TlvElement | undefined {
  const [tag, first] = [bytes[at], bytes[at + 1]];
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x84) return undefined;
  const more = first < 0x80 ? 0 : first & 0x7f;
  let size = more === 0 ? first : 0;
  for (let i = 0; i < more; i++) size = size * 256 + (bytes[at + 2 + i] ?? 0);
  const start = at + 2 + more;
  const content = bytes.subarray(start, start + size);
  return content.length === size && start <= bytes.length ? { tag, content, end: start + size } : undefined;
}

/** The elements that fill bytes to the last one; none where they do not. */
function elementsIn(bytes: Uint8Array): TlvElement[] {
  const found: TlvElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const element = elementAt(bytes, at);
    if (element === undefined || found.length === MAX_MEMBERS) return [];
    found.push(element);
    at = element.end;
  }
  return found;
}

/** No structure below has more members. */
const MAX_MEMBERS = 16;

function derAt(bytes: Uint8Array, at: number): Key | undefined {
  const outer = elementAt(bytes, at);
  if (outer === undefined) return isPkcs12(bytes, at) ? { form: 'PKCS#12', size: 1 } : undefined;
  const members = elementsIn(outer.content);
  const form = forms.find(({ test }) => test(members))?.form;
  return form === undefined ? undefined : { form, size: outer.end - at };
}

/** RFC 7292 §4: version 3, then data that is protected as a whole. It may be larger than any key. */
function isPkcs12(bytes: Uint8Array, at: number): boolean {
  return PKCS12.test(hexText(bytes.subarray(at, at + 32)));
}
const PKCS12 =
  /^308[1-4](?:[0-9a-f]{2}){1,4}?02010330(?:80|8[1-4](?:[0-9a-f]{2}){1,4}?|[0-7][0-9a-f])06092a864886f70d0107/;

type Members = readonly TlvElement[];

const forms: readonly { readonly form: string; readonly test: (members: Members) => boolean }[] = [
  { form: 'PKCS#1 DER', test: isRsa },
  { form: 'DSA DER', test: isDsa },
  { form: 'SEC 1 DER', test: isEc },
  { form: 'PKCS#8 DER', test: isPkcs8 },
  { form: 'encrypted PKCS#8 DER', test: isSealedPkcs8 },
  { form: 'PKCS#12', test: (members) => members.length <= 3 && startsPkcs12(members) },
];

/** RFC 8017 §A.1.2: version, n, e, d, p, q and what follows from them; the primes are half as long as their product. */
function isRsa(members: Members): boolean {
  const [version, n, e, , p, q] = members;
  if (members.length < 9 || members.length > 10 || !areIntegers(members.slice(0, 9)) || !isVersion(version, 1))
    return false;
  const [modulus, primes] = [bitsOf(n), bitsOf(p) + bitsOf(q)];
  return modulus >= 256 && isOdd(n) && isOdd(e) && (isVersion(version, 0) ? Math.abs(modulus - primes) <= 2 : true);
}

/** What OpenSSL wrote before PKCS#8: version, p, q, g, y, x. */
function isDsa(members: Members): boolean {
  const [version, p, q, g, y, x] = members;
  if (members.length !== 6 || !areIntegers(members) || !isVersion(version, 0) || !isOdd(p) || !isOdd(q)) return false;
  const [bits, group] = [bitsOf(p), bitsOf(q)];
  return bits >= 512 && group >= 160 && group < bits && bitsOf(g) <= bits && bitsOf(y) <= bits && bitsOf(x) <= group;
}

/** RFC 5915 §3: version 1, the scalar, and where they are there the curve and the public point. */
function isEc([version, scalar, ...rest]: Members): boolean {
  if (!isVersion(version, 1) || isVersion(version, 0) || scalar?.tag !== 0x04) return false;
  const size = scalar.content.length;
  return size >= 16 && size <= 72 && rest.length <= 2 && rest.every(({ tag }) => tag === 0xa0 || tag === 0xa1);
}

/** RFC 5958 §2: version, algorithm, the key of that algorithm in an octet string; attributes and public key may follow. */
function isPkcs8([version, algorithm, key, ...rest]: Members): boolean {
  if (!isVersion(version, 1) || algorithm === undefined || key?.tag !== 0x04) return false;
  const [oid] = algorithm.tag === SEQUENCE ? elementsIn(algorithm.content) : [];
  const inner = key.content[0] ?? 0;
  const attributes = rest.length <= 2 && rest.every(({ tag }) => tag === 0xa0 || tag === 0xa1 || tag === 0x81);
  // A structure, the octets of an Edwards key, the number of a Diffie-Hellman key, the seed of ML-DSA.
  return oid?.tag === 0x06 && key.content.length >= 16 && [SEQUENCE, 0x04, 0x02, 0x80].includes(inner) && attributes;
}

/** RFC 5958 §3: the algorithm is one of PKCS#5 or PKCS#12. */
function isSealedPkcs8(members: Members): boolean {
  const [algorithm, sealed] = members;
  if (members.length !== 2 || algorithm?.tag !== SEQUENCE || sealed?.tag !== 0x04) return false;
  const [oid] = elementsIn(algorithm.content);
  return (
    oid?.tag === 0x06 &&
    /^2a864886f70d01(05|0c01)[0-9a-f]{2}$/.test(hexText(oid.content)) &&
    sealed.content.length >= 16
  );
}

function startsPkcs12([version, data]: Members): boolean {
  if (!isVersion(version, 3) || isVersion(version, 2) || data?.tag !== SEQUENCE) return false;
  const oid = elementAt(data.content, 0);
  return oid?.tag === 0x06 && hexText(oid.content).startsWith('2a864886f70d0107');
}

const areIntegers = (members: Members): boolean =>
  members.every(({ tag, content }) => tag === 0x02 && content.length > 0 && (content[0] ?? 0xff) < 0x80);

/** Whether an element is a version of at most this. */
const isVersion = (element: TlvElement | undefined, most: number): boolean =>
  element?.tag === 0x02 && element.content.length === 1 && (element.content[0] ?? 0xff) <= most;

const isOdd = (element: TlvElement | undefined): boolean => ((element?.content.at(-1) ?? 0) & 1) === 1;

/** Length of a positive integer. */
function bitsOf(element: TlvElement | undefined): number {
  const content = element?.content ?? new Uint8Array(0);
  const first = content.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (content.length - first) * 8 - Math.clz32(content[first] ?? 0) + 24;
}

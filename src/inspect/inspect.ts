import { type ByteSource, hexText, utf8Text } from '../binary/index.ts';
import { createHash, describeKey, type HashName, type PublicKey } from '../crypto/index.ts';
import { type Message, verbatim } from '../fault.ts';
import {
  keyFingerprint,
  PrivateKeyFinder,
  parseCertificate,
  parseDetached,
  parsePem,
  parsePrivateKey,
  parsePublicKeyInfo,
} from '../pki/index.ts';
import { findExpectedRootHashes } from '../trust/index.ts';
import { attempt } from './attempt.ts';
import { DER_MAX_BYTES, inspectDer } from './der.ts';
import { type DetectedType, detect } from './detect.ts';
import { inspectBlob } from './devicetree.ts';
import { inspectSource } from './dts.ts';
import { inspectFip } from './fip.ts';
import { inspectFit } from './fit.ts';
import type { Digest, FileKind, Inspection, Piece, VerityPlace } from './inspection.ts';
import { inspectMessage } from './messages.ts';
import { type InspectContext, NESTING_MAX, Scope } from './scope.ts';
import { inspectUBoot } from './uboot.ts';
import { inspectVerity } from './verity.ts';

/** Larger files are not hashed merely to be shown. */
const DIGESTED_BYTES = 64 * 1024 * 1024;
const DIGEST_CHUNK_BYTES = 1 << 20;
const DIGESTS: readonly HashName[] = ['sha256', 'sha512', 'sha1'];

/**
 * Tells what a file is and takes it apart into named ranges. Only what the tree needs is read, so that a source of any
 * size opens at once. Nothing in a file makes it throw: where reading has to stop, `stop` says where and why, and the
 * tree goes as far as that.
 */
export function inspect(source: ByteSource, name: string): Inspection {
  const context: InspectContext = { protectedRanges: [], findings: [], stop: undefined, pieces: 0 };
  const scope = new Scope(source, { start: 0, size: source.size, path: '', depth: 0 }, context);
  const { kind, summary, piece, place } = parseScope(scope, true);
  const digests = digestAndScan(scope, SECRETS.includes(kind) ? undefined : new PrivateKeyFinder());
  const { protectedRanges, findings, stop } = context;
  return {
    name,
    size: source.size,
    kind,
    summary,
    root: piece,
    protectedRanges,
    findings,
    stop,
    digests,
    verity: place,
    namedRootHashes: kind === 'fit' ? findExpectedRootHashes(source).rootHashes.map(({ rootHash }) => rootHash) : [],
  };
}

interface Parsed {
  readonly kind: FileKind;
  readonly summary: Message;
  readonly piece: Piece;
  readonly place?: VerityPlace | undefined;
}

function parseScope(scope: Scope, deep: boolean): Parsed {
  try {
    return read(scope, detect(scope, deep));
  } catch (error) {
    scope.halt(error);
    return { kind: 'unknown', summary: inspectMessage('inspect/is-unreadable'), piece: raw(scope) };
  }
}

function read(scope: Scope, detected: DetectedType): Parsed {
  switch (detected.kind) {
    case 'fip':
      return { kind: 'fip', ...inspectFip(scope, parseInside) };
    case 'devicetree':
      return readBlobOf(scope);
    case 'verity':
      return { kind: 'verity', ...inspectVerity(scope, detected.hashOffset) };
    case 'u-boot':
      return { kind: 'u-boot', ...inspectUBoot(scope, detected.binary, parseInside) };
    case 'der':
      return readDer(scope);
    case 'pem':
      return readPem(scope);
    case 'devicetree-source':
      return { kind: 'devicetree-source', ...inspectSource(scope) };
    case 'root-hash':
      return readText(scope, 'root-hash');
    case 'unknown':
      return { kind: 'unknown', summary: inspectMessage(detected.nearest), piece: raw(scope) };
  }
}

const INSIDE: readonly DetectedType['kind'][] = ['fip', 'devicetree', 'der', 'u-boot'];

/** What an image inside another one is, where it is something that we read. */
function parseInside(scope: Scope): Piece | undefined {
  if (scope.depth >= NESTING_MAX) return undefined;
  const detected = detect(scope, false);
  // Text and DER that merely look like something are left alone inside other images.
  return INSIDE.includes(detected.kind) ? read(scope, detected).piece : undefined;
}

function readBlobOf(scope: Scope): Parsed {
  const { piece, whole } = inspectBlob(scope);
  const nodes = piece.children.find(({ name }) => name === 'structure')?.children[0]?.children ?? [];
  const isFit = nodes.some(({ name, type }) => name === 'images' && type === 'node');
  if (isFit && whole !== undefined) return { kind: 'fit', ...inspectFit(scope, piece, parseInside) };
  if (isFit) return { kind: 'fit', summary: inspectMessage('inspect/is-fit-damaged'), piece };
  const control = nodes.some(({ name, type }) => name === 'signature' && type === 'node');
  return {
    kind: 'devicetree',
    summary: inspectMessage(control ? 'inspect/is-control-tree' : 'inspect/is-devicetree'),
    piece,
  };
}

/** The forms of DER files, the most telling first. */
const forms: readonly {
  readonly kind: FileKind;
  readonly name: string;
  readonly read: (der: Uint8Array) => Message;
}[] = [
  { kind: 'certificate', name: 'certificate', read: describeCertificate },
  {
    kind: 'pkcs7',
    name: 'detached signature',
    read: (der) => {
      const [{ scheme, who }] = parseDetached(der, '').signers;
      if (who.kind === 'key-id')
        return inspectMessage('inspect/is-pkcs7-key-id', { hash: scheme.hash, keyId: hexText(who.id) });
      return inspectMessage('inspect/is-pkcs7', { hash: scheme.hash, serial: String(who.serial) });
    },
  },
  {
    kind: 'public-key',
    name: 'public key',
    read: (der) => describePublic('inspect/is-public-key', parsePublicKeyInfo(der, '')),
  },
  {
    kind: 'private-key',
    name: 'private key',
    read: (der) => describePublic('inspect/is-private-key', parsePrivateKey(der, '').public),
  },
];

function readDer(scope: Scope): Parsed {
  const input = scope.some(0, DER_MAX_BYTES);
  for (const { kind, name, read: describe } of forms) {
    const summary = attempt(() => describe(input));
    if (summary === undefined) continue;
    // Inside another file it is found with all others there.
    if (kind === 'private-key' && scope.depth === 0) warnOfSecret(scope);
    if (kind === 'certificate') protectCertificate(scope, input);
    return { kind, summary, piece: { ...inspectDer(scope, 'DER'), name } };
  }
  const piece = inspectDer(scope, 'DER');
  return {
    kind: 'unknown',
    summary: inspectMessage('inspect/is-der'),
    piece,
  };
}

function readPem(scope: Scope): Parsed {
  const text = utf8Text(scope.some(0, DER_MAX_BYTES));
  const children: Piece[] = [];
  let kind: FileKind = 'pem';
  let summary = inspectMessage('inspect/is-pem');
  for (const { label, der, text: block, sealed } of parsePem(text, '')) {
    const offset = Math.max(0, text.indexOf(block.trimEnd()));
    const form = sealed ? undefined : forms.find((one) => attempt(() => one.read(der)) !== undefined);
    const said = form === undefined ? undefined : attempt(() => form.read(der));
    const value = sealed ? inspectMessage('inspect/encrypted') : (said ?? '');
    if (label.endsWith('PRIVATE KEY')) warnOfSecret(scope);
    children.push(scope.piece(label, offset, block.trimEnd().length, { type: 'PEM', value, doc: 'RFC 7468' }));
    if (kind === 'pem' && form !== undefined && said !== undefined) {
      kind = form.kind;
      summary = said;
    }
  }
  return { kind, summary, piece: scope.piece('PEM', 0, scope.part.size, { type: 'text', children }) };
}

function readText(scope: Scope, kind: FileKind): Parsed {
  const value = utf8Text(scope.some(0, 200)).trim();
  return {
    kind,
    summary: inspectMessage('inspect/is-root-hash'),
    piece: scope.piece('root hash', 0, scope.part.size, { type: 'text', value }),
  };
}

const raw = (scope: Scope): Piece =>
  scope.piece(scope.path || 'bytes', 0, scope.part.size, { type: 'bytes', doc: 'of no kind that is known' });

function warnOfSecret(scope: Scope): void {
  scope.find({
    level: 'warning',
    code: 'inspect/private-key',
    message: inspectMessage('inspect/found-private-key'),
    remedy: inspectMessage('inspect/remedy-private-key'),
  });
}

function describeCertificate(der: Uint8Array): Message {
  const { subject, issuer, publicKey, notAfter } = parseCertificate(der, '');
  const named = (text: string): Message => (text === '' ? inspectMessage('inspect/unnamed') : verbatim(text));
  const until = notAfter.toISOString().slice(0, 10);
  return inspectMessage('inspect/is-certificate', {
    subject: named(subject.text),
    issuer: named(issuer.text),
    key: describeKey(publicKey),
    until,
  });
}

/** What the issuer is said to have signed. That a certificate is signed by its own key vouches for nothing. */
function protectCertificate(scope: Scope, der: Uint8Array): void {
  const { tbs, issuer } = parseCertificate(der, '');
  const offset = tbs.byteOffset - der.byteOffset;
  scope.protect({
    offset,
    size: tbs.byteLength,
    kind: 'signed',
    by: issuer.text || inspectMessage('inspect/unnamed'),
    state: 'claimed',
  });
}

const describePublic = (what: 'inspect/is-public-key' | 'inspect/is-private-key', key: PublicKey): Message =>
  inspectMessage(what, { key: describeKey(key), fingerprint: hexText(keyFingerprint(key)).slice(0, 16) });

/** Files of these kinds say themselves that they are keys. */
const SECRETS: readonly FileKind[] = ['private-key', 'pem'];

/** Reads a file of a size that can be read in passing: its digests, and the private keys that lie in it. */
function digestAndScan(scope: Scope, finder: PrivateKeyFinder | undefined): Digest[] {
  if (scope.part.size > DIGESTED_BYTES) return [];
  const hashers = DIGESTS.map((algorithm) => ({ algorithm, hasher: createHash(algorithm) }));
  for (let at = 0; at < scope.part.size; at += DIGEST_CHUNK_BYTES) {
    const piece = scope.some(at, DIGEST_CHUNK_BYTES);
    for (const { hasher } of hashers) hasher.update(piece);
    finder?.push(piece);
  }
  for (const { form, offset } of finder?.end() ?? []) {
    scope.find({
      level: 'error',
      code: 'inspect/private-key',
      offset,
      message: inspectMessage('inspect/found-private-key-inside', { form, offset: `0x${offset.toString(16)}` }),
      remedy: inspectMessage('inspect/remedy-private-key-inside'),
    });
  }
  return hashers.map(({ algorithm, hasher }) => ({ algorithm, value: hexText(hasher.digest()) }));
}

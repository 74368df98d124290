import { existsSync } from 'node:fs';
import { hexText, utf8 } from '../binary/index.ts';
import { parseJson, printJsonFlaw } from '../binary/internal.ts';
import { createHash, type HashName, hash, isHashName } from '../crypto/index.ts';
import { Fault, isFault, type Message, verbatim } from '../fault.ts';
import { openStore, readText } from '../file/index.ts';
import { ARTIFACT_NAMES, type ArtifactNames, OUTPUT_NAME } from './artifact.ts';
import type { FirmwareScheme } from './context.ts';
import type { ChainRollback } from './counters.ts';
import { bootMessage } from './messages.ts';
import { type ChainStage, chainStages, stageNamed } from './report.ts';

/** Digest and size of a file. */
export interface FileDigest {
  readonly sha256: string;
  readonly size: number;
}

/** What one stage was made of and what it became. */
export interface StageRecord {
  /** SHA-256 over everything that went in: parameters, keys, files. */
  readonly inputs: string;
  readonly materials: Readonly<Record<string, FileDigest>>;
  readonly outputs: Readonly<Record<string, FileDigest>>;
}

/** What a device's boot loaders know of a chain without trusting anybody: how to look for it, and how it is signed. */
export interface ChainShape {
  readonly scheme: FirmwareScheme;
  /** Hash of the firmware's signature, where it stands at its end. */
  readonly firmwareHash: HashName;
  /** The build of the loader that checks its certificates: a name that `parseLoaderProfile` knows. */
  readonly firmwareProfile?: string;
  readonly names: ArtifactNames;
}

/** `chain.lock.json`: equal inputs give an equal lock, wherever and whenever the build ran. */
export interface ChainLock extends ChainShape {
  readonly version: 1;
  /** SHA-256 of the SubjectPublicKeyInfo of the firmware key: what a device has to trust. */
  readonly rotpk: string;
  readonly rootHash: string;
  /** The kernel parameter that makes the dm-verity device; none where the boot loader makes it of a dm-verity node. */
  readonly parameter?: string;
  /** Rollback counters of firmware and kernel, where the manifest gives them. */
  readonly rollback?: ChainRollback;
  readonly stages: Readonly<Record<ChainStage, StageRecord>>;
}

const PIECE_BYTES = 1 << 20;

/** Digest of a file, read in pieces. Faults `file/read`. */
export function digestFile(file: string): FileDigest {
  using input = openStore(file);
  const hasher = createHash('sha256');
  for (let offset = 0; offset < input.size; offset += PIECE_BYTES) {
    const piece = new Uint8Array(Math.min(PIECE_BYTES, input.size - offset));
    input.readInto(offset, piece);
    hasher.update(piece);
  }
  return { sha256: hexText(hasher.digest()), size: input.size };
}

/** Digest of a file that was read whole. */
export const digestBytes = (bytes: Uint8Array): FileDigest => ({
  sha256: hexText(hash('sha256', bytes)),
  size: bytes.length,
});

/** One digest over plain data, whose members are taken in the order of their names. */
export const digestOf = (value: unknown): string => hexText(hash('sha256', utf8(canonical(value))));

/** The lock as text: members in a fixed order, so that equal builds compare equal. */
export const printLock = (lock: ChainLock): string => `${JSON.stringify(JSON.parse(canonical(lock)), undefined, 2)}\n`;

/** The lock of an earlier build; `undefined` where there is no such file. Faults `file/read` and those of `parseLock`. */
export async function readLock(file: string): Promise<ChainLock | undefined> {
  return existsSync(file) ? parseLock(await readText(file, PIECE_BYTES), file) : undefined;
}

/** As `readLock`, for a build: what another version wrote, or something that is no lock, is built over. */
export async function earlierLock(file: string): Promise<ChainLock | undefined> {
  try {
    return await readLock(file);
  } catch (error) {
    if (isFault(error, 'boot/lock') || isFault(error, 'file/read')) return undefined;
    throw error;
  }
}

/** Parses `chain.lock.json`. Faults `boot/lock` with the line of what is no JSON, or the member that is wrong. */
export function parseLock(text: string, file: string): ChainLock {
  const refuse = (reason: Message): Fault => new Fault('boot/lock', { file, reason });
  const read = parseJson(text);
  if ('flaw' in read) throw refuse(verbatim(printJsonFlaw(read.flaw)));
  const lock = membersOf(read.value);
  if (lock === undefined) throw refuse(bootMessage('boot/not-an-object'));
  if (lock['version'] !== 1) throw refuse(bootMessage('boot/lock-version', { version: String(lock['version']) }));
  if (typeof lock['rotpk'] !== 'string') throw refuse(bootMessage('boot/not-text', { name: 'rotpk' }));
  if (typeof lock['rootHash'] !== 'string') throw refuse(bootMessage('boot/not-text', { name: 'rootHash' }));
  const stages = stagesIn(lock['stages']);
  for (const [stage, record] of Object.entries(stages)) {
    const { inputs, materials, outputs } = membersOf(record) ?? {};
    const whole = typeof inputs === 'string' && areDigests(materials) && areDigests(outputs);
    if (!whole) throw refuse(bootMessage('boot/stage-record', { stage }));
  }
  const missing = chainStages.find((stage) => stages[stage] === undefined);
  if (missing !== undefined) throw refuse(bootMessage('boot/stage-missing', { stage: missing }));
  // The members without which a lock is none were found to be of their types; the others are looked at where they are used.
  return { ...lock, stages } as unknown as ChainLock;
}

const stagesIn = (value: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(membersOf(value) ?? {}).map(([name, record]) => [stageNamed(name), record]));

function membersOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return value as Readonly<Record<string, unknown>>;
}

function areDigests(value: unknown): boolean {
  const files = membersOf(value);
  return (
    files !== undefined &&
    Object.values(files).every((file) => {
      const { sha256, size } = membersOf(file) ?? {};
      return typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256) && isSize(size);
    })
  );
}

const isSize = (value: unknown): boolean => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Bytes of every file that a build wrote, by its name. */
export const sizesOf = ({ stages }: ChainLock): ReadonlyMap<string, number> =>
  new Map(
    Object.values(stages).flatMap(({ outputs }) => Object.entries(outputs).map(([name, { size }]) => [name, size])),
  );

/** The shape that a build recorded; that of a plain manifest where it recorded none. */
export function shapeOf(lock: ChainLock | undefined): ChainShape {
  const recorded = (lock ?? {}) as { readonly [Member in keyof ChainShape]?: unknown };
  const { scheme, firmwareHash, firmwareProfile, names } = recorded;
  const given = Object.entries(names ?? {}).filter(([, name]) => typeof name === 'string' && OUTPUT_NAME.test(name));
  return {
    scheme: scheme === 'tbbr' ? 'tbbr' : 'trailer',
    firmwareHash: typeof firmwareHash === 'string' && isHashName(firmwareHash) ? firmwareHash : 'sha256',
    // A name that nobody knows is no reason to check less: the device refuses it.
    ...(typeof firmwareProfile === 'string' && { firmwareProfile }),
    names: { ...ARTIFACT_NAMES, ...Object.fromEntries(given) },
  };
}

/** Whether every file of an earlier build is there, unaltered. */
export function stillThere(
  files: Readonly<Record<string, FileDigest | undefined>>,
  names: readonly string[],
  path: (name: string) => string,
): boolean {
  return names.every((name) => {
    const want = files[name];
    const file = path(name);
    if (want === undefined || !existsSync(file)) return false;
    const got = digestFile(file);
    return got.size === want.size && got.sha256 === want.sha256;
  });
}

function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return JSON.stringify(hexText(value));
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    members.sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

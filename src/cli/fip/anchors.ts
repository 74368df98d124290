import { parseHex } from '../../binary/index.ts';
import { type HashName, hashSize } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import type { ChainOfTrust, CounterName, RootAnchor } from '../../fip/index.ts';
import { emptyAnchor, parseCounter } from '../../fip/internal.ts';
import { cliMessage } from '../messages.ts';
import type { Environment } from '../shared/context.ts';
import { openPublicKey } from '../shared/open-key.ts';

/** The hashes that platforms take of their root key. */
const ROTPK_HASHES: readonly HashName[] = ['sha256', 'sha384', 'sha512'];

/** A trust anchor: the hexadecimal hash of a key (SHA-256, 384 or 512 by its length), or a file with the key. */
async function readAnchor(text: string, env: Environment): Promise<RootAnchor> {
  const digest = parseHex(text);
  const hash = ROTPK_HASHES.find((name) => hashSize(name) === digest?.length);
  if (digest !== undefined && hash !== undefined) {
    const reason = emptyAnchor(digest);
    if (reason !== undefined) throw new Fault('fip/anchor', { anchor: text, reason });
    return { kind: 'hash', hash, digest };
  }
  return { kind: 'key', key: await openPublicKey(text, env) };
}

/** `--rotpk ANCHOR` for rot-key and `--anchor NAME=ANCHOR` for every other root of a chain. */
export async function readAnchors(
  chain: ChainOfTrust,
  flags: { readonly rotpk: string | undefined; readonly anchor: readonly string[] | undefined },
  env: Environment,
): Promise<Map<string, RootAnchor>> {
  const anchors = new Map<string, RootAnchor>();
  if (flags.rotpk !== undefined) anchors.set('rot-key', await readAnchor(flags.rotpk, env));
  for (const [name, value] of pairs(flags.anchor, '--anchor')) {
    if (anchors.has(name))
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/given-twice-by', { name, one: '--rotpk', other: '--anchor' }),
      });
    if (!chain.roots.includes(name))
      throw new Fault('cli/usage', {
        reason: cliMessage('cli/not-a-root', { name, chain: chain.name, roots: chain.roots.join(', ') }),
      });
    anchors.set(name, await readAnchor(value, env));
  }
  return anchors;
}

const COUNTERS: readonly CounterName[] = ['tfw-nvctr', 'ntfw-nvctr', 'ccafw-nvctr'];

/** `--nv-counter N` for every counter, `--nv-counter NAME=N` for one, which goes before: `tfw`, `ntfw` or `ccafw`. */
export function readCounters(texts: readonly string[] | undefined): Map<CounterName, number> {
  const counters = new Map<CounterName, number>();
  const given = new Set<string>();
  for (const text of (texts ?? []).toSorted((a, b) => Number(a.includes('=')) - Number(b.includes('=')))) {
    const [name, value] = text.includes('=') ? pair(text, '--nv-counter') : [undefined, text];
    const meant = COUNTERS.filter((counter) => name === undefined || counter === name || counter === `${name}-nvctr`);
    if (meant.length === 0)
      throw new Fault('cli/usage', { reason: cliMessage('cli/not-a-counter', { name: name ?? '' }) });
    if (given.has(meant.join()))
      throw new Fault('cli/usage', { reason: cliMessage('cli/given-twice', { name: `--nv-counter ${text}` }) });
    given.add(meant.join());
    for (const counter of meant) counters.set(counter, parseCounter(counter, value));
  }
  return counters;
}

/** Every `NAME=VALUE` of an option. A name that is given twice is refused: one of its values would be overlooked. */
export function pairs(texts: readonly string[] | undefined, option: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const text of texts ?? []) {
    const [name, value] = pair(text, option);
    if (found.has(name))
      throw new Fault('cli/usage', { reason: cliMessage('cli/given-twice', { name: `${option} ${name}` }) });
    found.set(name, value);
  }
  return found;
}

/** `NAME=VALUE` of an option. */
function pair(text: string, option: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at <= 0) throw new Fault('cli/usage', { reason: cliMessage('cli/not-name-value', { option, text }) });
  return [text.slice(0, at), text.slice(at + 1)];
}

import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { runOk } from './program.ts';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/**
 * A folder below `$XDG_CACHE_HOME/bootwright` that is made once: `make` fills it in a scratch folder beside, so what
 * stands under the final name is whole. Later calls find it and touch no network; removing it makes it anew.
 *
 * @param make gets a scratch folder and the final path, and gives the folder in the scratch folder to keep
 */
export function cachedFolder(name: string, make: (scratch: string, final: string) => string): string {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'bootwright');
  const final = join(cache, name);
  mkdirSync(cache, { recursive: true });
  if (readdirSync(cache).includes(name)) return final;
  const scratch = mkdtempSync(join(cache, 'fetch-'));
  try {
    renameSync(make(scratch, final), final);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return final;
}

export interface PrivateApt {
  readonly kind: 'deb' | 'deb-src';
  readonly suite: string;
  readonly architecture?: string;
}

/**
 * The options that give apt a state, a cache and a source of its own below `folder`, with its lists up to date: it
 * checks signatures, and needs neither root nor a foreign architecture.
 */
export function privateApt(folder: string, { kind, suite, architecture }: PrivateApt): string[] {
  for (const part of ['state/lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(join(folder, part), { recursive: true });
  const sources = join(folder, 'etc/sources.list');
  writeFileSync(sources, `${kind} [signed-by=${KEYRING}] ${mirror()} ${suite} main\n`);
  writeFileSync(join(folder, 'state/status'), '');
  const settings = {
    'Dir::Etc::SourceList': sources,
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': join(folder, 'state'),
    'Dir::State::status': join(folder, 'state/status'),
    'Dir::Cache': join(folder, 'cache'),
    ...(architecture !== undefined && { 'APT::Architecture': architecture, 'APT::Architectures': architecture }),
    // The scratch folder is the caller's; apt's own user may not be able to write there.
    'APT::Sandbox::User': '',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '3',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  runOk('apt-get', [...options, '-qq', 'update']);
  return options;
}

/** The Debian archive that this machine's own apt uses, or the one that `BOOTWRIGHT_DEBIAN_MIRROR` names. */
function mirror(): string {
  const given = process.env['BOOTWRIGHT_DEBIAN_MIRROR'];
  if (given !== undefined) return given;
  const { stdout } = runOk('apt-get', ['indextargets', '--format', '$(REPO_URI)', 'Created-By: Packages']);
  const found = stdout.split('\n').find((uri) => /\/debian\/?$/.test(uri));
  if (found === undefined) throw new Error('apt knows no Debian archive here: name one with BOOTWRIGHT_DEBIAN_MIRROR');
  return found;
}

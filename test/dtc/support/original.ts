import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cachedFolder, privateApt } from '../../support/apt.ts';
import { hasProgram, runOk } from '../../support/program.ts';

/** What is needed to fetch and build the original; Debian's packages of the same names, `libyaml-dev` beside them. */
export const BUILD_PROGRAMS = ['apt-get', 'tar', 'xz', 'make', 'gcc', 'bison', 'flex', 'pkg-config'];

/** Where dtc's release that ours follows comes from. */
const SUITE = 'trixie';
const RELEASE = '1.7.2';

/**
 * dtc, its siblings and its own test suite, built from Debian's source package into the user's cache.
 *
 * @returns the root of the built source: the programs lie in it, the suite in `tests/`
 */
export function buildOriginal(): string {
  return cachedFolder(`dtc-${RELEASE}`, (scratch, final) => {
    const source = fetchSource(scratch);
    // The programs find their libfdt where they will lie; python and valgrind would only be used where they are.
    const settings = [`LDFLAGS=-Wl,-rpath,${join(final, 'libfdt')}`, 'NO_PYTHON=1', 'NO_VALGRIND=1'];
    runOk('make', ['-j2', '--silent', ...settings, 'all', 'tests'], { cwd: source, timeoutMs: 300_000 });
    return source;
  });
}

function fetchSource(scratch: string): string {
  // dtc leaves YAML out where it does not find this library, and its suite the tests of it.
  if (!hasProgram('pkg-config')) throw new Error('missing here: pkg-config');
  runOk('pkg-config', ['--exists', '--print-errors', 'yaml-0.1']);
  const apt = privateApt(join(scratch, 'apt'), { kind: 'deb-src', suite: SUITE });
  const arguments_ = ['-qq', 'source', '--download-only', '--tar-only', 'device-tree-compiler'];
  runOk('apt-get', [...apt, ...arguments_], { cwd: scratch });
  const archive = `device-tree-compiler_${RELEASE}.orig.tar.xz`;
  if (!readdirSync(scratch).includes(archive)) throw new Error(`${SUITE} has another release than ${RELEASE}`);
  runOk('tar', ['-xf', archive], { cwd: scratch });
  return join(scratch, `dtc-${RELEASE}`);
}

import { Fault } from '../../fault.ts';
import { assertWritable, identityOf } from '../../file/index.ts';
import { cliMessage } from '../messages.ts';

/** Files by the flags that name them; those that were not given are left out. */
type NamedFiles = Readonly<Record<string, string | undefined>>;

/**
 * Throws before any work where an output is a folder or has none (`file/write`), or is an input or another output as
 * well (`cli/usage`).
 */
export function assertDistinctFiles({
  inputs,
  outputs,
}: {
  readonly inputs: NamedFiles;
  readonly outputs: NamedFiles;
}): void {
  const taken = new Map(namedFiles(inputs).map(([flag, path]) => [identityOf(path), flag]));
  for (const [flag, path] of namedFiles(outputs)) {
    assertWritable({ path, offset: 0 });
    const identity = identityOf(path);
    const other = taken.get(identity);
    if (other !== undefined)
      throw new Fault('cli/usage', { reason: cliMessage('cli/same-file', { one: other, other: flag, path }) });
    taken.set(identity, flag);
  }
}

const namedFiles = (files: NamedFiles): [string, string][] =>
  Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined);

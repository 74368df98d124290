import { inside } from '../../fault.ts';
import { openStore } from '../../file/index.ts';
import { type LintFinding, type LintId, lintFit, openFit, readTrust } from '../../fit/index.ts';
import { type Context, visible } from '../shared/context.ts';

/** What nobody needs to hear who did not ask for signatures. */
const OF_SIGNING: readonly LintId[] = ['unsigned-configuration', 'empty-signature', 'nothing-to-verify'];

/** The errors and warnings in an image tree that was just written; `control` is the control tree that got its keys. */
export function lintWritten(
  path: string,
  { control, signed }: { readonly control: Uint8Array | undefined; readonly signed: boolean },
): LintFinding[] {
  using store = openStore(path);
  const trust = control === undefined ? undefined : readTrust(control);
  const findings = inside(path, () => lintFit(openFit(store), trust, { control }));
  return findings.filter(({ id, level }) => level !== 'note' && (signed || !OF_SIGNING.includes(id)));
}

/** Findings on the standard error, beside what a command made. */
export function warnOf(context: Context, findings: readonly LintFinding[]): void {
  for (const finding of findings) context.process.stderr.write(`${visible(printLint(finding))}\n`);
}

/** A finding as one line. */
export const printLint = ({ id, level, path, found, why, remedy }: LintFinding): string =>
  `${level}: ${path}: ${found.text}. ${why.text} ${remedy.text} [${id}]`;

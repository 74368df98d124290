import { hexText } from '../binary/index.ts';
import { describeKey } from '../crypto/index.ts';
import { Fault, type Message } from '../fault.ts';
import { keyFingerprint } from '../pki/index.ts';
import type { Findings } from './findings.ts';
import type { Required, TrustedKey, TrustedKeys } from './key-node.ts';
import { fitMessage } from './messages.ts';
import type { FitNode } from './node.ts';
import type { SignatureFailure, SignatureReport } from './verify-signature.ts';

/** A configuration or image with its signature nodes and what was found of those that could be looked at. */
interface Signed {
  readonly what: FitNode;
  readonly nodes: readonly FitNode[];
  readonly signatures: readonly SignatureReport[];
  readonly kind: Required;
}

/** Reports `fit/signature` for each required key that has not signed; where the mode is `any`, one of them is enough. */
export function checkRequiredKeys(
  { what, nodes, signatures, kind }: Signed,
  trust: TrustedKeys,
  findings: Findings,
): void {
  const required = trust.keys.filter((key) => key.required === kind);
  const signed = required.filter(({ path }) => signatures.some(({ goodKeys }) => goodKeys.includes(path)));
  const groupOf = ({ anyOf, path }: TrustedKey): string => anyOf ?? (trust.mode === 'any' ? '' : path);
  const missing = required.filter((key) => !signed.some((one) => groupOf(one) === groupOf(key)));
  for (const key of missing) {
    // Why a signature could not be looked at was reported.
    if (signatures.length === 0 && nodes.length > 0) continue;
    const { attempt, reason } = explainMissing(key, signatures, trust.keys);
    const { path, offset } = attempt ?? what;
    findings.report(new Fault('fit/signature', { path, offset, key: key.path, reason }));
  }
}

/** Why no signature of a node is by a required key, as far as it can be said; the signature that it is said of. */
function explainMissing(
  key: TrustedKey,
  signatures: readonly SignatureReport[],
  keys: readonly TrustedKey[],
): { readonly attempt: SignatureReport | undefined; readonly reason: Message } {
  const failureOf = (one: SignatureReport): SignatureFailure | undefined =>
    one.failures.find((failure) => failure.key === key.path);
  const attempt =
    signatures.find((one) => failureOf(one)?.decodes === true) ??
    signatures.find(({ hint }) => hint === key.hint) ??
    signatures[0];
  if (attempt === undefined) return { attempt, reason: fitMessage('fit/no-signature') };
  const failure = failureOf(attempt);
  const reason = failure?.reason ?? fitMessage('fit/no-signature');
  if (failure?.decodes === true) return { attempt, reason };
  const maker = keys.find(({ path }) => path !== key.path && madeBy(attempt, path));
  if (maker !== undefined) {
    return { attempt, reason: fitMessage('fit/made-by', { maker: nameOf(maker), required: nameOf(key) }) };
  }
  if (attempt.hint === key.hint) {
    const undecoded = failure?.decodes === false;
    return {
      attempt,
      reason: undecoded ? fitMessage('fit/failed-required', { reason, required: nameOf(key) }) : reason,
    };
  }
  // A key that came by itself is called after its file, which no image names: its name proves nothing.
  const isByFile = key.hint === key.path;
  if (isByFile && failure !== undefined && failure.decodes === undefined) return { attempt, reason };
  const named = keys.find(({ hint }) => hint === attempt.hint);
  const values = { required: nameOf(key), reason };
  if (named !== undefined) return { attempt, reason: fitMessage('fit/names-key', { key: nameOf(named), ...values }) };
  const code = isByFile ? 'fit/names-key' : 'fit/names-unknown-key';
  return { attempt, reason: fitMessage(code, { key: `'${attempt.hint}'`, ...values }) };
}

/** Whether a key made a signature, good or not. */
function madeBy({ goodKeys, failures }: SignatureReport, path: string): boolean {
  return goodKeys.includes(path) || failures.some((failure) => failure.key === path && failure.decodes === true);
}

/** `'dev' (rsa2048, SHA-256 0123456789abcdef…)` */
const nameOf = ({ hint, publicKey }: TrustedKey): string =>
  `'${hint}' (${describeKey(publicKey)}, SHA-256 ${hexText(keyFingerprint(publicKey)).slice(0, 16)}…)`;

import { describeScheme, type SignatureScheme } from '../../crypto/index.ts';
import { Fault } from '../../fault.ts';
import { readText, writeFile } from '../../file/index.ts';
import { openWholeFip } from '../../fip/open.node.ts';
import { signFipFile } from '../../fip/sign.node.ts';
import { encodePublicKey } from '../../pki/files.node.ts';
import {
  answeringSigner,
  parseRequests,
  printRequests,
  recordingSigner,
  type SignatureRequest,
  type Signer,
} from '../../pki/index.ts';
import { cliMessage } from '../messages.ts';
import { type Context, type Environment, print, printJson } from '../shared/context.ts';
import { openPublicKey, openSigner } from '../shared/open-key.ts';
import { withProgress } from '../shared/progress.ts';
import { assertFlagsUsed } from '../shared/unused-flags.ts';
import { schemeOf } from './scheme.ts';
import type { SignFlags } from './sign-flags.ts';

/** What a request for the signature at the end is called. */
const REQUEST_ID = 'fip';
const MAX_REQUEST_BYTES = 1 << 20;

/** Runs `bootwright fip sign`. */
export async function sign(this: Context, flags: SignFlags, path: string): Promise<void> {
  const recorded: SignatureRequest[] = [];
  const { signer, scheme } = await chooseSigner(flags, this.process.env, (request) => recorded.push(request));
  const fip = await openWholeFip(path);
  const output = flags.out ?? path;
  const before = async (end: number): Promise<void> => {
    for (const file of flags.export ?? []) await writeFile(file, encodePublicKey(file, signer.publicKey));
    if (flags.request === undefined) return;
    const requests = recorded.map((request) => ({ ...request, ranges: [{ file: output, start: 0, end }] }));
    await writeFile(flags.request, printRequests({ settings: {}, requests }));
  };
  let signedSize: number;
  try {
    const align = flags.align === undefined ? {} : { align: flags.align };
    signedSize = await withProgress(this, output, (progress) =>
      signFipFile(fip, output, { signer, scheme, progress, before, ...align }),
    );
  } finally {
    fip.file.close();
  }
  const done = flags.request === undefined ? `signed by ${signer.name}` : `to be signed: ${flags.request}`;
  if (flags.json) printJson(this, { file: output, scheme, signedSize, signed: flags.request === undefined });
  else print(this, `${output}: ${signedSize} bytes ${done} (${describeScheme(scheme)})`);
}

/** Exactly one of the three ways to a signature. */
async function chooseSigner(
  flags: SignFlags,
  env: Environment,
  record: (request: SignatureRequest) => void,
): Promise<{ readonly signer: Signer; readonly scheme: SignatureScheme }> {
  const ways = [flags.key, flags.request, flags.apply].filter((way) => way !== undefined);
  if (ways.length !== 1)
    throw new Fault('cli/usage', { reason: cliMessage('cli/exactly-one', { flags: '--key, --request and --apply' }) });
  if (flags.apply !== undefined) assertFlagsUsed(flags, '--apply', ['public', 'hash', 'algorithm']);
  if (flags.key !== undefined) {
    assertFlagsUsed(flags, '--key', ['public']);
    const signer = await openSigner(flags.key, env);
    return { signer, scheme: schemeOf(signer.publicKey, flags) };
  }
  if (flags.apply !== undefined) {
    const file = parseRequests(await readText(flags.apply, MAX_REQUEST_BYTES), flags.apply);
    const request = file.requests.find(({ id }) => id === REQUEST_ID);
    if (request === undefined)
      throw new Fault('pki/request', { path: flags.apply, reason: cliMessage('cli/no-fip-request') });
    return { signer: answeringSigner(file, request.publicKey, REQUEST_ID), scheme: request.scheme };
  }
  if (flags.public === undefined)
    throw new Fault('cli/usage', { reason: cliMessage('cli/flag-requires', { flag: '--request', other: '--public' }) });
  const key = await openPublicKey(flags.public, env);
  return { signer: recordingSigner(key, REQUEST_ID, record), scheme: schemeOf(key, flags) };
}

import { buildCommand } from '@stricli/core';
import { describeScheme, type SignatureScheme } from '../../../crypto/index.ts';
import { Fault } from '../../../fault.ts';
import { readText, writeFile } from '../../../file/index.ts';
import { openFip, signFipFile } from '../../../fip/stream.node.ts';
import {
  answeringSigner,
  parseRequests,
  printRequests,
  recordingSigner,
  type SignatureRequest,
  type Signer,
} from '../../../pki/index.ts';
import { type Context, print, printJson } from '../../context.ts';
import { readPublicKeyFile, readSigner } from '../../key-file.ts';
import { withProgress } from '../../progress.ts';
import { encodePublicKey } from '../../public-key-file.ts';
import { alignFlag, jsonFlag } from './arguments.ts';
import { type SchemeFlags, schemeFlags, schemeOf } from './scheme.ts';

interface Flags extends SchemeFlags {
  readonly key?: string;
  readonly public?: string;
  readonly request?: string;
  readonly apply?: string;
  readonly align?: number;
  readonly out?: string;
  readonly export?: readonly string[];
  readonly json: boolean;
}

/** What a request for the signature at the end is called. */
const REQUEST_ID = 'fip';
const REQUEST_MAX_BYTES = 1 << 20;

/** `bootwright fip sign FIP --key KEY`: puts a signature over all of a FIP at its end. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Signs a whole FIP with a signature at its end',
    fullDescription: [
      'The signature takes the place of the image tb-fw-cert, last in the FIP, and covers every byte before it. The',
      'FIP is laid out anew at multiples of 16. A signature that is there is replaced; a certificate never is.',
      '',
      'A key that never leaves its token signs in two steps: --request lays the FIP out, with zeros for a signature,',
      'and writes down what is to be signed; --apply takes the file back with its signature filled in, and checks it.',
      '',
      'Example: bootwright fip sign fip.bin --key keys/fip.key',
      '         bootwright fip sign fip.bin --public token.pub --request fip.request.json',
      '         bootwright fip sign fip.bin --apply fip.request.json',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'the FIP', placeholder: 'FIP', parse: String }] },
    flags: {
      key: { kind: 'parsed', parse: String, optional: true, brief: 'Private key', placeholder: 'FILE' },
      public: { kind: 'parsed', parse: String, optional: true, brief: 'Public key for --request', placeholder: 'FILE' },
      request: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Write what is to be signed',
        placeholder: 'JSON',
      },
      apply: {
        kind: 'parsed',
        parse: String,
        optional: true,
        brief: 'Take the signature from there',
        placeholder: 'JSON',
      },
      ...schemeFlags,
      align: alignFlag,
      out: { kind: 'parsed', parse: String, optional: true, placeholder: 'FILE', brief: 'Where the signed FIP goes' },
      export: {
        kind: 'parsed',
        parse: String,
        variadic: true,
        optional: true,
        placeholder: 'FILE',
        brief: 'Write the public key there: PEM, or DER where the name ends in .der',
      },
      json: jsonFlag,
    },
  },
  async func(flags, path) {
    const recorded: SignatureRequest[] = [];
    const { signer, scheme } = await chooseSigner(flags, this.process.env, (request) => recorded.push(request));
    const fip = await openFip(path);
    const output = flags.out ?? path;
    let signedSize: number;
    try {
      const align = flags.align === undefined ? {} : { align: flags.align };
      signedSize = await withProgress(this, output, (progress) =>
        signFipFile(fip, output, { signer, scheme, progress, ...align }),
      );
    } finally {
      await fip.file.close();
    }
    for (const file of flags.export ?? []) await writeFile(file, encodePublicKey(file, signer.publicKey));
    if (flags.request !== undefined) {
      const ranges = [{ file: output, start: 0, end: signedSize }];
      const requests = recorded.map((request) => ({ ...request, ranges }));
      await writeFile(flags.request, printRequests({ settings: {}, requests }));
    }
    const done = flags.request === undefined ? `signed by ${signer.name}` : `to be signed: ${flags.request}`;
    if (flags.json) printJson(this, { file: output, scheme, signedSize, signed: flags.request === undefined });
    else print(this, `${output}: ${signedSize} bytes ${done} (${describeScheme(scheme)})`);
  },
});

/** Exactly one of the three ways to a signature. */
async function chooseSigner(
  flags: Flags,
  env: Context['process']['env'],
  record: (request: SignatureRequest) => void,
): Promise<{ readonly signer: Signer; readonly scheme: SignatureScheme }> {
  const ways = [flags.key, flags.request, flags.apply].filter((way) => way !== undefined);
  if (ways.length !== 1) throw new Fault('cli/usage', { reason: 'one of --key, --request and --apply says who signs' });
  if (flags.key !== undefined) {
    const signer = await readSigner(flags.key, env);
    return { signer, scheme: schemeOf(signer.publicKey, flags) };
  }
  if (flags.apply !== undefined) {
    const file = parseRequests(await readText(flags.apply, REQUEST_MAX_BYTES), flags.apply);
    const request = file.requests.find(({ id }) => id === REQUEST_ID);
    if (request === undefined)
      throw new Fault('pki/request', { path: flags.apply, reason: 'it asks for no FIP signature' });
    return { signer: answeringSigner(file, request.publicKey, REQUEST_ID), scheme: request.scheme };
  }
  if (flags.public === undefined)
    throw new Fault('cli/usage', { reason: '--request needs the public key: --public FILE' });
  const key = await readPublicKeyFile(flags.public, env);
  return { signer: recordingSigner(key, REQUEST_ID, record), scheme: schemeOf(key, flags) };
}

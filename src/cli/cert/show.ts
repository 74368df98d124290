import { buildCommand } from '@stricli/core';
import { utf8Text } from '../../binary/index.ts';
import { readFile } from '../../file/index.ts';
import { parseChainCertificate } from '../../fip/index.ts';
import { isPem, parsePem } from '../../pki/index.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { type FlagsOf, jsonFlag } from '../shared/flags.ts';
import { describeCertificate, jsonCertificate } from './describe.ts';

const MAX_CERTIFICATE_BYTES = 1 << 20;

const flagTable = { json: jsonFlag } as const;

type Flags = FlagsOf<typeof flagTable>;

/** `bootwright cert show FILE`: which images, keys and counters a certificate vouches for. */
export const command = buildCommand<Flags, [string], Context>({
  docs: {
    brief: 'Shows what a certificate vouches for',
    fullDescription: [
      'Reads DER or PEM, as strictly as the verifier does. fip verify --cot verifies who signed it.',
      '',
      'Example: bootwright cert show certs/soc-fw-cert.crt',
    ].join('\n'),
  },
  parameters: {
    positional: { kind: 'tuple', parameters: [{ brief: 'certificate', placeholder: 'FILE', parse: String }] },
    flags: flagTable,
  },
  async func({ json }, path) {
    const bytes = await readFile(path, MAX_CERTIFICATE_BYTES);
    const der = isPem(bytes) ? parsePem(utf8Text(bytes), path)[0]!.der : bytes;
    const content = parseChainCertificate(der, path);
    if (json) printJson(this, { file: path, ...jsonCertificate(content) });
    else print(this, path, ...describeCertificate(content).map((line) => `  ${line}`));
  },
});

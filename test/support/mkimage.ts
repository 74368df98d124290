import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { CompatIo } from '../../src/cli/compat/io.ts';
import { run as runMkimage } from '../../src/cli/compat/tools/mkimage.ts';
import { generateEc } from '../../src/crypto/index.ts';
import { compileSource, writeBlob } from '../../src/devicetree/index.ts';
import { printPrivateKey } from '../../src/pki/index.ts';
import { sample } from './fit.ts';
import { run, runOk } from './program.ts';

const EPOCH = '1700000000';

/** One call of mkimage that ours has to equal. */
export interface Scenario {
  readonly name: string;
  /** Source of `a.its`. */
  readonly its?: string;
  /** Source of `control.dtb`, where it is not the plain one. */
  readonly control?: string;
  /** Calls of the original that come first, in both folders. */
  readonly before?: readonly (readonly string[])[];
  readonly args: readonly string[];
  /** The bytes differ by design (random salts, nonces and vectors): compare all but signatures. */
  readonly random?: true;
}

/** The document's own source, its comments aside. */
export const DOCUMENT_ITS = `/dts-v1/;
/ {
    description = "Verified boot FIT Image";
    #address-cells = <2>;
    images {
        kernel-1 {
            description = "FIT kernel Image";
            data = /incbin/("Image");
            type = "kernel";
            arch = "arm64";
            os = "linux";
            compression = "none";
            load =  <0x00080000>;
            entry = <0x00080000>;
            hash@1 {
                algo = "sha256";
            };
        };
        tee-1 {
            description = "Arm Trusted Firmware";
            data = /incbin/("optee.bin");
            type = "standalone";
            arch = "arm64";
            compression = "none";
            load =  <0x08400000>;
            entry = <0x08400000>;
            hash@1 {
                algo = "sha256";
            };
        };
        fdt-1 {
            description = "FIT device tree";
            data = /incbin/("fit-linux-kernel.dtb");
            type = "flat_dt";
            arch = "arm64";
            compression = "none";
            hash@1 {
                algo = "sha256";
            };
        };
    };
    configurations {
        default = "config-1";
        config-1 {
            description = "verified boot FIT configuration";
            kernel = "kernel-1";
            loadables = "tee-1";
            fdt = "fdt-1";
            signature-1 {
                algo = "sha256,rsa2048";
                key-name-hint = "dev";
                sign-images = "fdt", "kernel", "loadables";
            };
        };
    };
};
`;

/** A folder with keys and inputs, as every scenario starts from. */
export function prepareInputs(folder: string): void {
  mkdirSync(join(folder, 'keys'), { recursive: true });
  for (const [name, bits] of [
    ['dev', 2048],
    ['dev3', 3072],
    ['dev4', 4096],
  ] as const) {
    const key = join(folder, 'keys', `${name}.key`);
    runOk('openssl', ['genrsa', '-out', key, String(bits)]);
    const crt = join(folder, 'keys', `${name}.crt`);
    runOk('openssl', ['req', '-batch', '-new', '-x509', '-key', key, '-out', crt, '-subj', `/CN=${name}`]);
  }
  writeFileSync(join(folder, 'keys', 'ec.pem'), printPrivateKey(generateEc('P-256')));
  for (const [name, size] of [
    ['aes128.bin', 16],
    ['aes192.bin', 24],
    ['aes256.bin', 32],
    ['iv.bin', 16],
  ] as const) {
    writeFileSync(join(folder, 'keys', name), sample(size, size));
  }
  writeFileSync(join(folder, 'Image'), sample(5000, 1));
  writeFileSync(join(folder, 'optee.bin'), sample(3001, 2));
  writeFileSync(join(folder, 'tiny'), sample(7, 3));
  for (const [name, model] of [
    ['fit-linux-kernel.dtb', 'kernel'],
    ['control.dtb', 'control'],
  ] as const) {
    const source = `/dts-v1/; / { model = "${model}"; };`;
    runOk('dtc', ['-q', '-O', 'dtb', '-o', join(folder, name), '-'], { input: source });
  }
}

/** Runs one scenario with Debian's mkimage and with ours, in folders of their own, and compares files and output. */
export async function compareWithMkimage(inputs: string, folder: string, scenario: Scenario): Promise<void> {
  const theirs = join(folder, 'theirs');
  const ours = join(folder, 'ours');
  for (const place of [theirs, ours]) {
    mkdirSync(join(place, 'keys'), { recursive: true });
    for (const file of readdirSync(inputs)) if (file !== 'keys') copyFileSync(join(inputs, file), join(place, file));
    for (const file of readdirSync(join(inputs, 'keys'))) {
      copyFileSync(join(inputs, 'keys', file), join(place, 'keys', file));
    }
    if (scenario.its !== undefined) writeFileSync(join(place, 'a.its'), scenario.its);
    if (scenario.control !== undefined) {
      writeFileSync(join(place, 'control.dtb'), writeBlob(compileSource(Buffer.from(scenario.control))));
    }
    for (const args of scenario.before ?? []) runOk('mkimage', args, { cwd: place, env: ENV });
  }
  const original = run('mkimage', scenario.args, { cwd: theirs, env: ENV });
  const own = await runOurs(ours, scenario.args);
  expect({ status: own.status, stderr: own.status === original.status ? '' : own.stderr }).toEqual({
    status: original.status,
    stderr: '',
  });
  expect(masked(scenario, own.stdout)).toEqual(masked(scenario, stable(original.stdout)));
  for (const file of ['x.itb', 'control.dtb']) {
    const [a, b] = [theirs, ours].map((place) => join(place, file)) as [string, string];
    expect(existsSync(b), file).toBe(existsSync(a));
    if (!existsSync(a)) continue;
    if (scenario.random !== true) expect(readFileSync(b).equals(readFileSync(a)), `${file} is the same`).toBe(true);
    else expect(readFileSync(b).length, `${file} is as long`).toBe(readFileSync(a).length);
  }
}

const ENV = { SOURCE_DATE_EPOCH: EPOCH };

/** Runs `bootwright as mkimage` in this process, in a folder, with the bytes of 2023.01. */
export async function runOurs(folder: string, args: readonly string[]) {
  const home = process.cwd();
  let stdout = '';
  let stderr = '';
  const io: CompatIo = {
    stdout: { write: (text) => (stdout += String(text)) },
    stderr: { write: (text) => (stderr += String(text)) },
    env: { ...ENV, BOOTWRIGHT_COMPAT: '2023.01' },
    stdin: async () => new Uint8Array(0),
  };
  process.chdir(folder);
  try {
    return { status: await runMkimage(args, io), stdout, stderr };
  } catch (error) {
    return { status: 1, stdout, stderr: String(error) };
  } finally {
    process.chdir(home);
  }
}

/** What the original says of attempts that had too little room is no part of its result. */
const stable = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^(?:Can't set|Failed to (?:add|sign)|Can't add)/.test(line))
    .join('\n');

const masked = ({ random }: Scenario, text: string): string =>
  random === true ? text.replace(/(?:Sign|Hash) value: .*/g, 'value') : text;

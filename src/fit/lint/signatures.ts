import { isFault } from '../../fault.ts';
import { discoverSigned, imagesOf } from '../discover.ts';
import { type FitNode, isHashNode, textsIn } from '../node.ts';
import type { Fit } from '../open.ts';
import { type LintInput, type LintRule, signaturesOf } from './rule.ts';

/** Rules about who signed what. */
export const signatureRules = {
  'nothing-to-verify': {
    level: 'error',
    why: 'Only the signature of a configuration says what boots, so no loader can verify anything here.',
    remedy: 'Add configurations with signature nodes, and sign.',
    *check({ configurations }) {
      if (configurations.length === 0) yield { path: '/configurations', found: 'there is no configuration' };
    },
  },
  'unsigned-configuration': {
    level: 'error',
    why: 'Where a key is required this configuration does not boot; where none is, anything does.',
    remedy: 'Add a signature node and sign, or remove the configuration.',
    *check({ configurations }) {
      for (const node of configurations) {
        if (signaturesOf(node).length === 0) yield { path: node.path, found: 'there is no signature' };
      }
    },
  },
  'empty-signature': {
    level: 'error',
    why: 'The signature node has no value: nobody signed.',
    remedy: 'Run bootwright fit sign with the key.',
    *check({ images, configurations }) {
      for (const signature of [...images, ...configurations].flatMap(signaturesOf)) {
        if (signature.property('value') === undefined) yield { path: signature.path, found: 'there is no value' };
      }
    },
  },
  'narrow-signature': {
    level: 'error',
    why: 'What the signature leaves out can be replaced; U-Boot 2026.04 and later refuse such an image.',
    remedy: 'Sign again: bootwright signs everything that the configuration refers to, whatever sign-images says.',
    *check(input) {
      for (const { signature, images, listed } of recordsOf(input)) {
        for (const image of images) {
          const covered = [
            image,
            ...[...image.children()].filter((node) => isHashNode(node) || node.name === 'cipher'),
          ];
          const missing = covered.filter(({ path }) => !listed.has(path)).map(({ path }) => path);
          if (missing.length > 0) yield { path: signature.path, found: `leaves out ${missing.join(', ')}` };
        }
      }
    },
  },
  'unsigned-dm-verity': {
    level: 'error',
    why: 'Whoever changes the root hash changes the file system.',
    remedy: 'Sign again with a signer that covers dm-verity nodes (bootwright, or mkimage 2026.10).',
    *check(input) {
      for (const { signature, images, listed } of recordsOf(input)) {
        for (const { path } of images.flatMap((image) => image.child('dm-verity') ?? [])) {
          if (!listed.has(path)) yield { path: signature.path, found: `leaves out ${path}` };
        }
      }
    },
  },
  'beyond-limits': {
    level: 'error',
    why: 'U-Boot has room for 100 signed nodes with paths of 4096 bytes, an image counted each time it is named.',
    remedy: 'Refer to fewer images, or join them; sign what is left over in a configuration of its own.',
    *check({ fit, configurations }) {
      for (const configuration of configurations) {
        const found = limitOf(fit, configuration);
        if (found !== undefined) yield { path: configuration.path, found };
      }
    },
  },
  'image-signature-only': {
    level: 'warning',
    why: 'An image signature covers data alone: load address, type and combination stay free.',
    remedy: 'Sign configurations; keep image signatures where an old loader wants them.',
    *check({ images, configurations }) {
      const signed = images.filter((image) => signaturesOf(image).length > 0);
      if (signed.length === 0 || isSigned(configurations)) return;
      yield { path: '/images', found: `${signed.length} images are signed, no configuration is` };
    },
  },
  'default-not-signed': {
    level: 'note',
    why: "The format leaves 'default' unsigned: an attacker may choose among the signed configurations.",
    remedy: 'Sign only what may boot on the device, or name the configuration in the boot command.',
    *check({ configurations }) {
      const { length } = configurations.filter((node) => signaturesOf(node).length > 0);
      if (length > 1) yield { path: '/configurations', found: `${length} configurations are signed` };
    },
  },
  'rollback-not-covered': {
    level: 'note',
    why: 'An older image with good signatures verifies as well: the format has no version that is checked.',
    remedy: 'Check a version in the boot command, or change keys when an image must not boot any more.',
    *check({ configurations }) {
      if (isSigned(configurations)) yield { path: '/configurations', found: 'signatures carry no version' };
    },
  },
} as const satisfies Readonly<Record<string, LintRule>>;

const isSigned = (configurations: readonly FitNode[]): boolean =>
  configurations.some((node) => signaturesOf(node).length > 0);

/** What a configuration has too much of to be signed or verified. */
function limitOf({ root }: Fit, configuration: FitNode): string | undefined {
  try {
    discoverSigned(root, configuration);
    return undefined;
  } catch (error) {
    if (!isFault(error, 'fit/limit')) throw error;
    return `${error.context.what} exceeds ${error.context.limit}`;
  }
}

/** A signature of a configuration that says which nodes it covers, as far as that can be believed. */
interface SignatureRecord {
  readonly signature: FitNode;
  readonly images: readonly FitNode[];
  readonly listed: ReadonlySet<string>;
}

function* recordsOf({ fit, configurations }: LintInput): Generator<SignatureRecord> {
  for (const configuration of configurations) {
    if (limitOf(fit, configuration) !== undefined) continue;
    for (const signature of signaturesOf(configuration)) {
      const record = signature.property('hashed-nodes')?.value;
      const texts = record === undefined ? undefined : textsIn(record);
      if (texts !== undefined) yield { signature, images: imagesOf(fit.root, configuration), listed: new Set(texts) };
    }
  }
}

import { isFault } from '../fault.ts';
import { keyNameOf } from './algorithm.ts';
import { discoverSigned, imagesOf, REFERENCES } from './discover.ts';
import { bindsData, isFitHash } from './hashes.ts';
import type { Trust, TrustedKey } from './key-node.ts';
import { type FitNode, isHashNode, isSignatureNode, shownText, textsIn } from './node.ts';
import { type Fit, sectionsOf } from './open.ts';

/** What lint found at one place. `danger` lets something unsigned boot; `advice` may be what is wanted. */
export interface LintFinding {
  readonly id: LintId;
  readonly level: 'danger' | 'warning' | 'advice';
  readonly path: string;
  /** What is so here. */
  readonly found: string;
  readonly why: string;
  readonly mend: string;
}

interface LintRule {
  readonly level: LintFinding['level'];
  readonly why: string;
  readonly mend: string;
}

/** Every rule of lint; `docs/fit.md` has the same words. */
export const lintRules = {
  'unit-address': {
    level: 'danger',
    why: "U-Boot that checks signatures refuses '@' in node names since 2021.04 (CVE-2021-27097).",
    mend: "Name the node with '-' instead, as in hash-1.",
  },
  'narrow-signature': {
    level: 'danger',
    why: 'What the signature leaves out can be replaced; U-Boot 2026.04 and later refuse such an image.',
    mend: 'Sign again: bootwright signs everything that the configuration refers to, whatever sign-images says.',
  },
  'unsigned-configuration': {
    level: 'danger',
    why: 'Where a key is required this configuration does not boot; where none is, anything does.',
    mend: 'Add a signature node and sign, or remove the configuration.',
  },
  'beyond-limits': {
    level: 'danger',
    why: 'U-Boot has room for 100 signed nodes with paths of 4096 bytes, an image counted each time it is named.',
    mend: 'Refer to fewer images, or join them; sign what is left over in a configuration of its own.',
  },
  'nothing-to-verify': {
    level: 'danger',
    why: 'Only the signature of a configuration says what boots, so no loader can verify anything here.',
    mend: 'Add configurations with signature nodes, and sign.',
  },
  'missing-key': {
    level: 'danger',
    why: 'A loader with this control tree refuses what a required key has not signed.',
    mend: 'Sign with the required key, or put the key that signed into the control tree.',
  },
  'unknown-key': {
    level: 'warning',
    why: 'A signature by a key that the control tree does not have vouches for nothing there.',
    mend: 'Put the key into the control tree, or remove the signature.',
  },
  'empty-signature': {
    level: 'danger',
    why: 'The signature node has no value: nobody signed.',
    mend: 'Run bootwright fit sign with the key.',
  },
  'no-hash': {
    level: 'danger',
    why: 'A configuration signature covers data only through hash nodes.',
    mend: 'Add a hash node with sha256.',
  },
  'weak-hash': {
    level: 'danger',
    why: 'Checksums and md5 can be met by other data, so the signature does not bind the data.',
    mend: 'Use sha256 or stronger.',
  },
  'aging-hash': {
    level: 'warning',
    why: 'Collisions of SHA-1 are practical; who makes both images can swap them.',
    mend: 'Use sha256 or stronger.',
  },
  'image-signature-only': {
    level: 'warning',
    why: 'An image signature covers data alone: load address, type and combination stay free.',
    mend: 'Sign configurations; keep image signatures where an old loader wants them.',
  },
  'missing-image': {
    level: 'danger',
    why: 'The configuration names an image that does not exist, so it cannot boot.',
    mend: 'Correct the name.',
  },
  'unsigned-dm-verity': {
    level: 'danger',
    why: 'Whoever changes the root hash changes the file system.',
    mend: 'Sign again with a signer that covers dm-verity nodes (bootwright, or mkimage 2026.10).',
  },
  'unreferenced-image': {
    level: 'advice',
    why: 'No configuration refers to this image, so no signature covers it.',
    mend: 'Refer to it, or leave it out.',
  },
  'ambiguous-data': {
    level: 'danger',
    why: 'Loaders that prefer one place over the other see different data.',
    mend: 'Sign again with -F, or delete the property that is stale.',
  },
  'no-default': {
    level: 'warning',
    why: 'Without a default the first configuration boots.',
    mend: "Add 'default' to /configurations.",
  },
  'default-not-signed': {
    level: 'advice',
    why: "The format leaves 'default' unsigned: an attacker may choose among the signed configurations.",
    mend: 'Sign only what may boot on the device, or name the configuration in the boot command.',
  },
  'rollback-not-covered': {
    level: 'advice',
    why: 'An older image with good signatures verifies as well: the format has no version that is checked.',
    mend: 'Check a version in the boot command, or change keys when an image must not boot any more.',
  },
  'no-description': {
    level: 'warning',
    why: "U-Boot's format check wants a description in the root.",
    mend: "Add 'description' to the root.",
  },
  'no-required-key': {
    level: 'danger',
    why: 'The control tree requires no key, so the loader checks nothing.',
    mend: 'Add the key with --require (mkimage -r).',
  },
  'required-image-only': {
    level: 'danger',
    why: "Keys required for 'image' alone leave configurations free.",
    mend: "Require a key for 'conf'.",
  },
  'any-key': {
    level: 'advice',
    why: "required-mode is 'any': one of the keys is enough.",
    mend: "Use 'all' where every signer must agree.",
  },
} as const satisfies Readonly<Record<string, LintRule>>;

export type LintId = keyof typeof lintRules;

/**
 * What is unwise or dangerous in an image tree, and in the control tree that would verify it. No key is needed.
 *
 * @throws Fault `fit/structure` for a device tree that is no image tree
 */
export function lintFit(fit: Fit, trust?: Trust): LintFinding[] {
  sectionsOf(fit);
  return [...treeFindings(fit), ...(trust === undefined ? [] : [...trustFindings(trust), ...keyFindings(fit, trust)])];
}

function* treeFindings(fit: Fit): Generator<LintFinding> {
  const { root } = fit;
  if (root.property('description') === undefined) yield finding('no-description', '/', 'the root has no description');
  yield* addressFindings(root);
  const images = [...(root.child('images')?.children() ?? [])];
  const configurations = [...(root.child('configurations')?.children() ?? [])];
  const signed = configurations.filter((configuration) => [...configuration.children()].some(isSignatureNode));
  const referenced = new Set(configurations.flatMap((one) => imagesOf(root, one)).map(({ path }) => path));
  for (const image of images) yield* imageFindings(image, referenced.has(image.path));
  if (configurations.length === 0) yield finding('nothing-to-verify', '/configurations', 'there is no configuration');
  for (const configuration of configurations) yield* configurationFindings(fit, configuration);
  yield* defaultFindings(root, configurations, signed);
  if (signed.length > 0) yield finding('rollback-not-covered', '/configurations', 'signatures carry no version');
  const imageSigned = images.filter((image) => [...image.children()].some(isSignatureNode));
  if (signed.length === 0 && imageSigned.length > 0) {
    yield finding('image-signature-only', '/images', `${imageSigned.length} images are signed, no configuration is`);
  }
}

function* addressFindings(node: FitNode): Generator<LintFinding> {
  for (const child of node.children()) {
    if (child.name.includes('@')) yield finding('unit-address', child.path, `the name is '${child.name}'`);
    yield* addressFindings(child);
  }
}

function* imageFindings(image: FitNode, referenced: boolean): Generator<LintFinding> {
  if (!referenced) yield finding('unreferenced-image', image.path, 'no configuration refers to it');
  const places = ['data', 'data-offset', 'data-position'].filter((name) => image.property(name) !== undefined);
  if (places.length > 1) yield finding('ambiguous-data', image.path, `there are ${places.join(' and ')}`);
  const hashes = [...image.children()].filter(isHashNode).map((node) => shownText(node, 'algo') ?? '');
  const known = hashes.filter(isFitHash);
  if (hashes.length === 0) yield finding('no-hash', image.path, 'there is no hash node');
  else if (!known.some(bindsData)) yield finding('weak-hash', image.path, `the hashes are ${hashes.join(', ')}`);
  else if (!known.some((name) => bindsData(name) && name !== 'sha1')) {
    yield finding('aging-hash', image.path, 'the one binding hash is sha1');
  }
  for (const node of image.children()) if (isSignatureNode(node)) yield* signatureFindings(node);
}

function* configurationFindings(fit: Fit, configuration: FitNode): Generator<LintFinding> {
  for (const property of REFERENCES) {
    const value = configuration.property(property)?.value;
    for (const name of (value === undefined ? undefined : textsIn(value)) ?? []) {
      if (fit.root.child('images')?.child(name) !== undefined) continue;
      yield finding('missing-image', `${configuration.path}:${property}`, `there is no image '${name}'`);
    }
  }
  const signatures = signaturesOf(configuration);
  if (signatures.length === 0) yield finding('unsigned-configuration', configuration.path, 'there is no signature');
  const limit = limitOf(fit, configuration);
  if (limit !== undefined) yield finding('beyond-limits', configuration.path, limit);
  for (const signature of signatures) {
    yield* signatureFindings(signature);
    if (limit === undefined) yield* coverageFindings(fit, configuration, signature);
  }
}

const signaturesOf = (node: FitNode): FitNode[] => [...node.children()].filter(isSignatureNode);

/** What a configuration has too much of to be signed or verified. */
function limitOf(fit: Fit, configuration: FitNode): string | undefined {
  try {
    discoverSigned(fit.root, configuration);
    return undefined;
  } catch (error) {
    if (!isFault(error, 'fit/limit')) throw error;
    return `${error.context.what} exceeds ${error.context.limit}`;
  }
}

function* signatureFindings(signature: FitNode): Generator<LintFinding> {
  if (signature.property('value') === undefined) yield finding('empty-signature', signature.path, 'there is no value');
  if (shownText(signature, 'algo')?.startsWith('sha1,') === true) {
    yield finding('aging-hash', signature.path, `the algorithm is ${shownText(signature, 'algo')}`);
  }
}

/** What the signature's record of what it covers leaves out, as far as the record can be believed. */
function* coverageFindings(fit: Fit, configuration: FitNode, signature: FitNode): Generator<LintFinding> {
  const record = signature.property('hashed-nodes')?.value;
  const texts = record === undefined ? undefined : textsIn(record);
  if (texts === undefined) return;
  const listed = new Set(texts);
  for (const image of imagesOf(fit.root, configuration)) {
    const covered = [image, ...[...image.children()].filter((node) => isHashNode(node) || node.name === 'cipher')];
    const missing = covered.filter(({ path }) => !listed.has(path));
    if (missing.length > 0) {
      yield finding('narrow-signature', signature.path, `leaves out ${missing.map(({ path }) => path).join(', ')}`);
    }
    const verity = image.child('dm-verity');
    if (verity !== undefined && !listed.has(verity.path)) {
      yield finding('unsigned-dm-verity', signature.path, `leaves out ${verity.path}`);
    }
  }
}

function* defaultFindings(
  root: FitNode,
  configurations: readonly FitNode[],
  signed: readonly FitNode[],
): Generator<LintFinding> {
  const parent = root.child('configurations');
  if (parent === undefined) return;
  const standard = shownText(parent, 'default');
  if (standard === undefined) yield finding('no-default', parent.path, "there is no 'default'");
  else if (!configurations.some(({ name }) => name === standard)) {
    yield finding('missing-image', `${parent.path}:default`, `there is no configuration '${standard}'`);
  }
  if (signed.length > 1) yield finding('default-not-signed', parent.path, `${signed.length} configurations are signed`);
}

function* trustFindings({ keys, mode }: Trust): Generator<LintFinding> {
  const required = keys.filter((key) => key.required !== undefined);
  if (required.length === 0) yield finding('no-required-key', '/signature', `${keys.length} keys, none required`);
  else if (!required.some((key) => key.required === 'conf')) {
    yield finding('required-image-only', '/signature', "every required key is for 'image'");
  }
  if (mode === 'any' && required.length > 1) {
    yield finding('any-key', '/signature:required-mode', `any of ${required.length} keys is enough`);
  }
}

/** Which keys of a control tree the tree's signatures name; who really signed, only verifying tells. */
function* keyFindings({ root }: Fit, { keys, mode }: Trust): Generator<LintFinding> {
  for (const [section, kind] of [
    ['configurations', 'conf'],
    ['images', 'image'],
  ] as const) {
    const required = keys.filter((key) => key.required === kind);
    for (const node of root.child(section)?.children() ?? []) {
      const signatures = signaturesOf(node);
      const missing = required.filter((key) => !signatures.some((signature) => names(signature, key)));
      if (missing.length > 0 && (mode === 'all' || missing.length === required.length)) {
        const wanted = missing
          .map((key) => `${key.hint} (${algorithmOf(key)})`)
          .join(mode === 'all' ? ' and ' : ' or ');
        yield finding('missing-key', node.path, `no signature by ${wanted}`);
      }
      for (const signature of signatures) {
        if (keys.some((key) => names(signature, key))) continue;
        const by = `${shownText(signature, 'key-name-hint') ?? ''} (${shownText(signature, 'algo') ?? ''})`;
        yield finding('unknown-key', signature.path, `it is by ${by}`);
      }
    }
  }
}

/** Whether a signature says that a key made it. */
const names = (signature: FitNode, key: TrustedKey): boolean =>
  shownText(signature, 'key-name-hint') === key.hint && shownText(signature, 'algo') === algorithmOf(key);

const algorithmOf = ({ hash, publicKey }: TrustedKey): string => `${hash ?? ''},${keyNameOf(publicKey)}`;

const finding = (id: LintId, path: string, found: string): LintFinding => ({ id, path, found, ...lintRules[id] });

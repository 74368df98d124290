import type { CertificateLink, ChainReport, ImageLink, KeyLink } from './chain-report.ts';

/** A line with what hangs below it. */
interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

const MARKS: Readonly<Record<ImageLink['status'], string>> = {
  verified: 'ok ',
  refused: 'BAD',
  'not-verified': ' ? ',
  'not-here': ' - ',
};

/** Draws what vouches for what: one line for each key, certificate and image. */
export function drawChain(report: ChainReport): string[] {
  const roots = report.roots.filter(({ certificates }) => certificates.length > 0).map(keyBranch);
  const unsigned = report.unsigned.map(({ image, allowed, note }) => ({
    text: `${allowed ? ' - ' : ' ? '} ${image}  ${note.text}${allowed ? ', as allowed' : ''}`,
    below: [],
  }));
  return [...roots, ...unsigned].flatMap((branch) => draw(branch, '', ''));
}

/** Says which builds of the loader take a chain, and what may keep a board from booting it. */
export function describeLoaders({ acceptedBy, findings }: Pick<ChainReport, 'acceptedBy' | 'findings'>): string[] {
  const names = acceptedBy.toSorted((a, b) => Number(b.usual) - Number(a.usual)).map(({ name }) => name);
  return [
    ...(names.length === 0 ? [] : [`accepted by ${names.join(', ')}`]),
    ...findings.map(({ message, remedy, rule }) => `warning: ${message.text} [${rule}]; ${remedy.text}`),
  ];
}

function draw({ text, below }: Branch, first: string, rest: string): string[] {
  const lines = below.flatMap((branch, i) =>
    i === below.length - 1 ? draw(branch, `${rest}└─ `, `${rest}   `) : draw(branch, `${rest}├─ `, `${rest}│  `),
  );
  return [`${first}${text}`, ...lines];
}

const keyBranch = ({ key, note, certificates }: KeyLink): Branch => ({
  text: `${key}  ${note.text}`,
  below: certificates.map(certificateBranch),
});

const certificateBranch = ({ image, status, note, images, keys }: CertificateLink): Branch => ({
  text: `${MARKS[status]} ${image}  ${note.text}`,
  below: [...images.map(imageBranch), ...keys.map(keyBranch)],
});

const imageBranch = ({ image, status, note }: ImageLink): Branch => ({
  text: `${MARKS[status]} ${image}  ${note.text}`,
  below: [],
});

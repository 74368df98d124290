import { basename } from 'node:path';
import { buildCommand } from '@stricli/core';
import { Fault } from '../../fault.ts';
import { openStore } from '../../file/index.ts';
import {
  type Inspection,
  inspect,
  inspectionData,
  type Judgement,
  judgeAll,
  judgementData,
  type Opened,
  parseHash,
  printInspection,
  printJudgement,
  printVerdict,
  type TrustChoice,
  verdictData,
} from '../../inspect/index.ts';
import { isTrustable } from '../../inspect/internal.ts';
import { cliMessage } from '../messages.ts';
import { type Context, print, printJson } from '../shared/context.ts';
import { EXIT } from '../shared/exit.ts';
import { type FlagsOf, jsonFlag, list, optional } from '../shared/flags.ts';
import { wholeNumber } from '../shared/number.ts';

/** Levels of the tree of a single file. */
const DEPTH = 5;

const flagTable = {
  json: jsonFlag,
  depth: optional(
    wholeNumber(0, 0xffff_ffff),
    'N',
    `Levels of the tree to print [default: ${DEPTH}; 0 for several files]`,
  ),
  trust: list(
    String,
    'FILE|HASH',
    'What you trust: a key, certificate, control device tree, U-Boot binary or root hash file, or a hash',
  ),
} as const;

type Flags = FlagsOf<typeof flagTable>;

/**
 * `bootwright inspect FILE…`: what any file is, range by range, and what files together are worth by what is trusted. Ends
 * with 1 where one could not be read to its end or is refused, and with `--trust` where not all that boots is verified.
 */
export const route = buildCommand<Flags, string[], Context>({
  docs: {
    brief: 'Shows any image as named byte ranges, and what vouches for it',
    fullDescription: [
      'Recognizes FIP, FIT, device trees, U-Boot binaries, dm-verity images and hash trees, PKCS#7 signatures, certificates',
      'and keys; of any other file it shows size, digests and the most likely type. Of a truncated file it shows the tree as',
      'far as it goes, and where and why it stops.',
      '',
      'Several files are judged together: firmware, FIT, hash tree and data by the keys, certificates, control device trees',
      'and root hashes among them. Only --trust can make anything verified: a key, a certificate, a control device tree, a',
      'U-Boot binary or a root hash that you know is yours, or the hash of the root of trust public key that the fuses hold',
      '(ROOT=HASH for another root, such as prot-key=HASH). Without it the best verdict is “consistent”: every check passes,',
      'and nobody vouches for where they start. What a single file says of itself is a claim.',
      '',
      'Example: bootwright inspect out/image.fit --depth 6',
      'Example: bootwright inspect out/fip.bin out/firmware.pub out/image.fit out/rootfs.* --trust 9f86d081…',
    ].join('\n'),
  },
  parameters: {
    positional: {
      kind: 'array',
      minimum: 1,
      parameter: { brief: 'files of any kind', placeholder: 'FILE', parse: String },
    },
    flags: flagTable,
  },
  async func({ json, depth, trust = [] }, ...files) {
    const paths = [...files, ...trust.filter((text) => parseHash(text) === undefined && !files.includes(text))];
    const sources: ReturnType<typeof openStore>[] = [];
    try {
      for (const path of paths) sources.push(openStore(path, 'file'));
      const opened = sources.map((source, i): Opened => ({ source, inspection: inspect(source, namesOf(paths)[i]!) }));
      const pins = trust.map((text): TrustChoice => pinOf(text, paths, opened));
      const isAlone = files.length === 1 && trust.length === 0;
      const judgement = await judgeAll(opened, pins);
      const inspections = opened.slice(0, files.length).map(({ inspection }) => inspection);
      if (json) printJson(this, dataOf(inspections, judgement, isAlone));
      else print(this, ...linesOf(inspections, judgement, { depth, isAlone }));
      if (inspections.some(({ stop }) => stop !== undefined) || !isGood(judgement, trust.length > 0)) {
        this.process.exitCode = EXIT.refused;
      }
    } finally {
      for (const source of sources) source[Symbol.dispose]();
    }
  },
});

/** Files are called by their names, and by their paths where two have one name. */
function namesOf(paths: readonly string[]): string[] {
  const names = paths.map((path) => basename(path));
  return names.map((name, i) => (names.indexOf(name) === names.lastIndexOf(name) ? name : paths[i]!));
}

function pinOf(text: string, paths: readonly string[], opened: readonly Opened[]): TrustChoice {
  const file = paths.indexOf(text);
  if (file < 0) return { kind: 'hash', text };
  if (isTrustable(opened[file]!.inspection)) return { kind: 'file', file };
  const reason = cliMessage('cli/not-trustable', { name: text, what: opened[file]!.inspection.summary });
  throw new Fault('boot/no-trust', { reason });
}

/** Without trust the best answer is `consistent`, which is no promise and no failure. */
const isGood = ({ verdict, files }: Judgement, trusted: boolean): boolean =>
  trusted ? verdict === 'verified' : files.every((file) => file.verdict !== 'refused');

function dataOf(inspections: readonly Inspection[], judgement: Judgement, isAlone: boolean): object {
  const [first] = inspections;
  const [verdict] = judgement.files;
  if (isAlone && first !== undefined && verdict !== undefined) {
    return { ...inspectionData(first), verdict: verdictData(verdict) };
  }
  return { ...judgementData(judgement), inspections: inspections.map(inspectionData) };
}

function linesOf(
  inspections: readonly Inspection[],
  judgement: Judgement,
  { depth, isAlone }: { readonly depth: number | undefined; readonly isAlone: boolean },
): string[] {
  const levels = depth ?? (inspections.length === 1 ? DEPTH : 0);
  const trees = levels === 0 ? [] : inspections.flatMap((one) => [...printInspection(one, { depth: levels }), '']);
  const [verdict] = judgement.files;
  if (!isAlone || verdict === undefined) return [...trees, ...printJudgement(judgement)];
  return [...trees, ...printVerdict(verdict), 'Nothing here was held against anything that you trust: see --trust.'];
}

import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromBytes, utf8 } from '../../../src/binary/index.ts';
import { checkTable } from '../../../src/devicetree/checks/table.ts';
import { Header, PropertyEntry, ReservationEntry } from '../../../src/devicetree/index.ts';
import { type Message, verbatim } from '../../../src/fault.ts';
import { TocEntry, TocHeader, TocTerminator } from '../../../src/fip/index.ts';
import { inspect, judgeAll, type Opened } from '../../../src/inspect/index.ts';
import { capabilityRows } from '../../../src/uboot/index.ts';
import { SuperblockLayout } from '../../../src/verity/index.ts';
import { koreanChecks } from '../../../src/web/text/korean/checks.ts';
import { koreanFaults } from '../../../src/web/text/korean/faults.ts';
import { koreanLayouts } from '../../../src/web/text/korean/layouts.ts';
import { koreanMessages } from '../../../src/web/text/korean/messages/index.ts';
import { koreanPage } from '../../../src/web/text/korean/page.ts';
import { page } from '../../../src/web/text/page.ts';
import { koreanTranslator } from '../../../src/web/text/translator.ts';
import { type SampleImages, sampleImages } from '../../support/images.ts';
import { englishMessages } from './tables.ts';

const SOURCE = resolve(import.meta.dirname, '../../../src');
const HANGUL = /\p{Script=Hangul}/u;

describe('nothing is left in English', () => {
  test('documentation of layouts and pieces', () => {
    const layouts = [TocHeader, TocEntry, TocTerminator, Header, ReservationEntry, PropertyEntry, SuperblockLayout];
    const ofFields = layouts.flatMap(({ rows }) => rows.map(({ doc }) => doc));
    const ofPieces = readdirSync(resolve(SOURCE, 'inspect')).flatMap((name) =>
      [...readFileSync(resolve(SOURCE, 'inspect', name), 'utf8').matchAll(/doc: '([^']+)'/g)].map(
        ([, doc = '']) => doc,
      ),
    );
    expect([ofFields.length, ofPieces.length].every((count) => count > 10)).toBe(true);
    const ofLoaders = capabilityRows.map(({ does }) => does);
    expect([...ofFields, ...ofPieces, ...ofLoaders].filter((doc) => doc !== '' && !(doc in koreanLayouts))).toEqual([]);
  });

  test('checks of device trees', () => {
    expect(checkTable.map(({ name }) => name).filter((name) => !(name in koreanChecks))).toEqual([]);
  });

  test('every row is Korean, and fills in nothing that the English one does not', async () => {
    const english: Readonly<Record<string, string>> = { ...page, ...(await englishMessages()) };
    const holes = (text: string): string[] => text.match(/\{\w+/g) ?? [];
    for (const [code, korean = ''] of Object.entries({ ...koreanPage, ...koreanMessages })) {
      const source = english[code];
      expect(source, `${code} translates nothing`).toBeDefined();
      expect(
        holes(korean).filter((hole) => !holes(source!).includes(hole)),
        code,
      ).toEqual([]);
      expect(HANGUL.test(korean) || !/[a-z] [a-z]/.test(source!), `${code}: ${korean}`).toBe(true);
    }
    for (const [code, { brief }] of Object.entries(koreanFaults)) expect(HANGUL.test(brief), code).toBe(true);
  });
});

describe('what the inspector says of real files is said in Korean', () => {
  let samples: SampleImages;
  beforeAll(async () => {
    samples = await sampleImages();
  });
  const open = (name: string, bytes: Uint8Array): Opened => {
    const source = fromBytes(bytes, name);
    return { source, inspection: inspect(source, name) };
  };
  const bytesOf = (name: keyof SampleImages): Uint8Array => {
    const sample = samples[name];
    return typeof sample === 'string' ? utf8(sample) : sample;
  };
  const names = ['fip', 'fit', 'control', 'dtb', 'verity', 'certificate', 'rootHashSignature', 'publicKey'] as const;

  test.each(names)('%s: whole, cut and altered', async (name) => {
    const whole = bytesOf(name);
    const altered = whole.slice();
    altered[Math.floor(whole.length / 2)]! ^= 0x55;
    const cuts = [0, 3, 30, 50, 300, whole.length >> 1, whole.length - 1].map((end) => whole.slice(0, end));
    const beside = (['control', 'certificate', 'publicKeyPem', 'rootHash'] as const).map((one) =>
      open(one, bytesOf(one)),
    );
    const said: Message[] = [];
    for (const bytes of [whole, altered, ...cuts]) {
      const opened = open(name, bytes);
      const { summary, findings, stop } = opened.inspection;
      said.push(
        summary,
        ...findings.flatMap(({ message, remedy }) => (remedy === undefined ? [message] : [message, remedy])),
      );
      if (stop !== undefined) said.push(stop.message);
      for (const company of [beside, []]) {
        const { files, missing } = await judgeAll([opened, ...company]);
        const { stages, targets } = files[0]!;
        said.push(...missing, ...stages.flatMap(({ reasons }) => reasons));
        said.push(...targets.flatMap(({ reason }) => reason ?? []));
      }
    }
    expect(said.length).toBeGreaterThan(10);
    const english = said.filter((one) => !HANGUL.test(koreanTranslator.message(one))).map(({ text }) => text);
    expect(english).toEqual([]);
  });

  test('names stay as they are, also where they look like words', () => {
    const fip = open('data', bytesOf('fip'));
    const said = koreanTranslator.message(fip.inspection.summary);
    expect(said).toBe('펌웨어 이미지 패키지(FIP), 이미지 3개');
    expect(koreanTranslator.message(verbatim('data'))).toBe('data');
  });
});

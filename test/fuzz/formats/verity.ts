import { verityDevice } from '../../../src/trust/command-line.ts';
import { dmModCreate, dmTable, formatVerity, parseDmTable, verifyVerity } from '../../../src/verity/index.ts';
import { noise, SALT, UUID } from '../../verity/sample.ts';
import type { Attempt, Format } from '../format.ts';
import { demand, digestOf, judgeMeaning, orRefused } from '../judge.ts';
import { mutateBytes, mutateText } from '../mutate.ts';

const PARAMETERS = { dataBlockSize: 512, hashBlockSize: 512, salt: SALT };

/** Data that verify under a root hash are the data that were hashed, whatever superblock and tree say. */
export const verityFormat: Format = {
  name: 'verity',
  prepare() {
    const genuine = [1, 2, 40, 300].flatMap((blocks) =>
      ([1, 0] as const).map((format) => {
        const data = noise(blocks * 512, blocks);
        return { data, ...formatVerity({ ...PARAMETERS, data, uuid: UUID, format }) };
      }),
    );
    return (random): Attempt => {
      const one = random.pick(genuine)!;
      const both = random.chance(4);
      const alterData = both || random.chance(2);
      const data = alterData ? mutateBytes(one.data, random, [one.hash]) : one.data;
      const hash = both || !alterData ? mutateBytes(one.hash, random, [one.data]) : one.hash;
      const meanings = new Set([digestOf(one.data)]);
      const judge = () =>
        judgeMeaning(() => {
          verifyVerity({ data, hash, rootHash: one.rootHash, parameters: one.parameters });
          return [digestOf(data.subarray(0, one.data.length))];
        }, meanings);
      return { input: alterData ? data : hash, judge };
    };
  },
};

const WORDS = [
  '0',
  '1',
  '8',
  '-',
  'verity',
  'sha256',
  'sha512',
  '4096',
  '512',
  '1073741824',
  '9007199254740993',
  '0x10',
  '1e3',
  'ignore_corruption',
  'fec_roots',
  '2',
  '"',
  ';',
  ',',
  ' ',
  'ro',
  'root_hash_sig_key_desc',
] as const;

/** A table line that is read says what the line that is printed from it says. */
export const tableFormat: Format = {
  name: 'table',
  prepare() {
    const { rootHash, parameters } = formatVerity({ ...PARAMETERS, data: noise(4096), uuid: UUID });
    const line = dmTable({ parameters, rootHash, dataDevice: '/dev/vda', hashDevice: '/dev/vdb', treeOffset: 512 });
    const command = `console=ttyS0 ${dmModCreate([{ name: 'root', tables: [line] }])} ro`;
    return (random): Attempt => {
      const whole = random.chance(2);
      const input = mutateText(whole ? command : line, random, WORDS);
      const judge = () => {
        const read = orRefused(() => (whole ? verityDevice(input) : parseDmTable(input)));
        if (read === undefined) return 'refused' as const;
        const { options, ...rest } = read;
        const printed = orRefused(() => dmTable({ ...rest, flags: [] }));
        if (printed === undefined) return 'refused' as const;
        const again = parseDmTable(printed);
        demand(
          again.rootHash === read.rootHash && again.treeOffset === read.treeOffset,
          `reads as another: ${printed}`,
        );
        demand(options.length <= 20, 'more optional arguments than the kernel takes');
        return 'accepted' as const;
      };
      return { input, judge };
    };
  },
};

import { useEffect, useState } from 'preact/hooks';
import { hexText } from '../../binary/index.ts';
import type { Inspection, Verdict, VerityPlace } from '../../inspect/index.ts';
import { type BranchStep, branchOf, shapeOf } from '../../inspect/internal.ts';
import { useTranslate } from '../parts/settings.tsx';
import type { Translate } from '../text/index.ts';
import { type FilePlace, readPlace } from './place.ts';

type Tree = NonNullable<Verdict['tree']>;

/** Cells of one drawn level; each stands for as many blocks as it takes. */
const CELLS = 128;
const CELL_PX = 7;
const LEVEL_PX = 34;

/** The hash tree of a verity device: levels from the root down, bad blocks marked, and the branch of one block. */
export function MerkleView(props: {
  inspection: Inspection;
  place: FilePlace;
  tree: Tree | undefined;
  onPick: (offset: number) => void;
}) {
  const translate = useTranslate();
  const { inspection, place, tree, onPick } = props;
  const [block, setBlock] = useState(0);
  const verity = inspection.verity;
  if (verity === undefined) return <p class="panel">{translate('merkle.none')}</p>;
  const { dataBlocks } = verity.parameters;
  const pick = (next: number): void => {
    setBlock(next);
    if (verity.dataHere) onPick(next * verity.parameters.dataBlockSize);
  };
  return (
    <section class="panel" aria-label={translate('panel.merkle')}>
      <p class={tree === undefined ? undefined : tree.bad.length === 0 ? 'good' : 'bad'}>
        {checkedText(translate, tree)}
      </p>
      <Drawing verity={verity} tree={tree} block={block} onPick={pick} />
      <label class="position">
        <span>{translate('merkle.block', dataBlocks)}</span>
        <input
          type="number"
          min={0}
          max={dataBlocks - 1}
          value={block}
          onChange={(event) => pick(Math.max(0, Math.min(dataBlocks - 1, event.currentTarget.valueAsNumber || 0)))}
        />
      </label>
      {tree !== undefined && tree.bad.length > 0 && (
        <ul class="bad-blocks">
          {tree.bad.slice(0, 100).map((bad) => (
            <li key={`${bad.area} ${bad.level ?? ''} ${bad.first}`} class="bad">
              {translate(
                'merkle.bad',
                bad.level === undefined ? translate('merkle.data') : translate('merkle.level', bad.level),
                bad.first,
                bad.blocks,
              )}{' '}
              <button type="button" onClick={() => (bad.area === 'data' ? pick(bad.first) : onPick(bad.offset))}>
                0x{bad.offset.toString(16)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Branch steps={branchOf(verity, block)} place={place} onPick={onPick} />
    </section>
  );
}

function checkedText(translate: Translate, tree: Tree | undefined): string {
  if (tree === undefined) return translate('merkle.unchecked');
  return tree.bad.length === 0 ? translate('merkle.good') : translate('merkle.checked', tree.bad.length);
}

function Drawing({
  verity,
  tree,
  block,
  onPick,
}: {
  verity: VerityPlace;
  tree: Tree | undefined;
  block: number;
  onPick: (block: number) => void;
}) {
  const translate = useTranslate();
  const shape = shapeOf(verity);
  const width = CELLS * CELL_PX;
  const levels = [
    ...shape.levels.toReversed().map(({ level, blocks }) => ({ level, blocks })),
    { level: -1, blocks: verity.parameters.dataBlocks },
  ];
  const branch = branchOf(verity, block);
  const onBranch = (level: number): number =>
    level < 0 ? block : (branch.find((step) => step.level === level)?.block ?? 0);
  return (
    <div class="timeline">
      <svg
        width={width + 90}
        height={LEVEL_PX * (levels.length + 1)}
        viewBox={`0 0 ${width + 90} ${LEVEL_PX * (levels.length + 1)}`}
        role="img"
        aria-label={translate('merkle.drawing', shape.levels.length)}
      >
        <circle cx={90 + width / 2} cy={12} r={8} class="cell" />
        <text x={4} y={16}>
          {translate('merkle.root')}
        </text>
        {levels.map(({ level, blocks }, i) => (
          <Level
            key={level}
            label={level < 0 ? translate('merkle.data') : translate('merkle.level', level)}
            top={LEVEL_PX * (i + 1)}
            blocks={blocks}
            chosen={onBranch(level)}
            bad={badOf(tree, level)}
            parent={i === 0 ? undefined : { blocks: levels[i - 1]!.blocks, chosen: onBranch(level + 1) }}
            onPick={level < 0 ? onPick : undefined}
          />
        ))}
      </svg>
    </div>
  );
}

interface LevelProps {
  readonly label: string;
  readonly top: number;
  readonly blocks: number;
  readonly chosen: number;
  readonly bad: readonly { readonly first: number; readonly blocks: number }[];
  readonly parent: { readonly blocks: number; readonly chosen: number } | undefined;
  readonly onPick: ((block: number) => void) | undefined;
}

/** One level as a strip: a cell stands for one block, or for as many as fit on the strip. */
function Level({ label, top, blocks, chosen, bad, parent, onPick }: LevelProps) {
  const cells = Math.min(CELLS, blocks);
  const wide = (CELLS * CELL_PX) / cells;
  const cellOf = (block: number): number => Math.min(cells - 1, Math.floor((block * cells) / blocks));
  const middle = (count: number, index: number): number =>
    90 + ((Math.floor((index * Math.min(CELLS, count)) / count) + 0.5) * CELLS * CELL_PX) / Math.min(CELLS, count);
  const badCells = new Set(
    bad.flatMap(({ first, blocks: count }) => cellsBetween(cellOf(first), cellOf(first + count - 1))),
  );
  const from = parent === undefined ? 90 + (CELLS * CELL_PX) / 2 : middle(parent.blocks, parent.chosen);
  return (
    <g>
      <text x={4} y={top + 13}>
        {label}
      </text>
      <line x1={from} y1={top - 16} x2={middle(blocks, chosen)} y2={top} class="axis" />
      {Array.from({ length: cells }, (_, i) => {
        const mark = badCells.has(i) ? 'broken' : i === cellOf(chosen) ? 'chosen' : '';
        return (
          // biome-ignore lint/a11y/noStaticElementInteractions: the number field below does the same by keys
          <rect
            key={`${i}`}
            x={90 + i * wide}
            y={top}
            width={Math.max(1, wide - 1)}
            height={18}
            class={`cell ${mark}`}
            onClick={() => onPick?.(firstIn(i, cells, blocks, bad))}
          />
        );
      })}
    </g>
  );
}

/** The block that a click on a cell means: the first bad one in it, else the first. */
function firstIn(cell: number, cells: number, blocks: number, bad: LevelProps['bad']): number {
  const start = Math.ceil((cell * blocks) / cells);
  const end = Math.ceil(((cell + 1) * blocks) / cells);
  const hit = bad.find(({ first, blocks: count }) => first < end && first + count > start);
  return hit === undefined ? start : Math.max(start, hit.first);
}

const cellsBetween = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, i) => first + i);

const badOf = (tree: Tree | undefined, level: number): readonly { first: number; blocks: number }[] =>
  (tree?.bad ?? []).filter((bad) => (bad.level ?? -1) === level).map(({ first, blocks }) => ({ first, blocks }));

/** The branch of the chosen block in words, with the digests that stand in the file. */
function Branch({
  steps,
  place,
  onPick,
}: {
  steps: readonly BranchStep[];
  place: FilePlace;
  onPick: (offset: number) => void;
}) {
  const translate = useTranslate();
  const [digests, setDigests] = useState<readonly string[]>([]);
  const key = steps.map(({ digest }) => digest?.offset).join();
  useEffect(() => {
    let wanted = true;
    void Promise.all(
      steps.map(({ digest }) =>
        digest === undefined ? Promise.resolve(new Uint8Array(0)) : readPlace(place, digest.offset, digest.size),
      ),
    ).then((found) => {
      if (wanted) setDigests(found.map(hexText));
    });
    return () => {
      wanted = false;
    };
  }, [key, place]);
  return (
    <ol class="branch">
      {steps.map(({ level, block, digest }, i) => (
        <li key={`${level}`}>
          {level === 'root' ? (
            translate('merkle.rootStep')
          ) : (
            <>
              {translate('merkle.step', level, block)}{' '}
              <button type="button" onClick={() => onPick(digest?.offset ?? 0)}>
                <code>{digests[i]?.slice(0, 24)}…</code>
              </button>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

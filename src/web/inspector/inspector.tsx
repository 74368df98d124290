import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Inspection, type Judgement, plain, type TrustChoice, type Verdict } from '../../inspect/index.ts';
import { depthOf, isTrustable } from '../../inspect/internal.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import { BytesView } from './bytes-view.tsx';
import { ChainView } from './chain-view.tsx';
import { type TaskProgress, WorkerClient } from './client.ts';
import { DiffView } from './diff-view.tsx';
import type { OpenedEntry } from './entry.ts';
import { MerkleView } from './merkle-view.tsx';
import { openAtFirst, pathsAbove, pieceAt, pieceOf } from './pieces.ts';
import type { FilePlace } from './place.ts';
import { servedPlaces } from './served.ts';
import { Legend, Summary } from './summary.tsx';
import type { OpenedFile } from './tasks.ts';
import { Tree } from './tree.tsx';
import { TrustPanel } from './trust-panel.tsx';
import { VerdictView } from './verdict-view.tsx';

let lastId = 0;

/** Files opened beside each other: one is shown, the others are what it is judged by and compared with. */
export function Inspector() {
  const translate = useTranslate();
  const translator = useTranslator();
  const [entries, setEntries] = useState<readonly OpenedEntry[]>([]);
  const [shownId, setShownId] = useState<number | undefined>(undefined);
  const [progress, setProgress] = useState<TaskProgress | undefined>(undefined);
  const [dropping, setDropping] = useState(false);
  const [trusted, setTrusted] = useState<ReadonlySet<number>>(new Set());
  const [hashes, setHashes] = useState<readonly string[]>([]);
  const [judged, setJudged] = useState<Judged>(NOT_JUDGED);
  const asked = useRef(0);
  const client = useMemo(() => new WorkerClient(setProgress), []);
  const update = (id: number, change: Partial<OpenedEntry>): void =>
    setEntries((all) => all.map((entry) => (entry.file.id === id ? { ...entry, ...change } : entry)));

  const open = async (places: readonly FilePlace[]): Promise<void> => {
    const files = places.map((place): OpenedFile => ({ id: ++lastId, place }));
    setEntries((all) => [
      ...all,
      ...files.map((file) => ({ file, inspection: undefined, verdict: undefined, problem: undefined })),
    ]);
    const known = new Map<number, Inspection>();
    for (const file of files) {
      try {
        const inspection = await client.ask<'inspect'>({ kind: 'inspect', file });
        known.set(file.id, inspection);
        // The company of every file has changed, so what was said of it is out of date.
        asked.current += 1;
        setJudged(NOT_JUDGED);
        setEntries((all) =>
          all.map((entry) => (entry.file.id === file.id ? { ...entry, inspection } : { ...entry, verdict: undefined })),
        );
      } catch (error) {
        update(file.id, { problem: error instanceof Error ? error.message : String(error) });
      }
    }
    setShownId((now) => now ?? mostTelling(files, known)?.id);
  };
  useEffect(() => {
    void servedPlaces().then((places) => (places.length > 0 ? open(places) : undefined));
  }, []);

  const shown = entries.find(({ file }) => file.id === shownId);
  // A verdict is by all that is open; while some of it is still being opened there is none to give.
  const ready = entries.every(({ inspection, problem }) => inspection !== undefined || problem !== undefined);
  const judge = async (only: number | undefined, trust: Trust): Promise<void> => {
    const opened = entries.filter(({ inspection }) => inspection !== undefined);
    const files = opened.map(({ file }) => file);
    const index = only === undefined ? undefined : files.findIndex(({ id }) => id === only);
    asked.current += 1;
    const turn = asked.current;
    try {
      const judgement = await client.ask<'judge'>({
        kind: 'judge',
        files,
        only: index,
        choices: choicesOf(files, trust),
      });
      // What was asked before something else was trusted is answered by the next answer.
      if (turn !== asked.current) return;
      const verdicts = new Map(files.map(({ id }, i) => [id, judgement.files[i]!]));
      setEntries((all) =>
        all.map((entry) => {
          const verdict = verdicts.get(entry.file.id);
          return verdict !== undefined && (only ?? entry.file.id) === entry.file.id ? { ...entry, verdict } : entry;
        }),
      );
      const kind = opened[index ?? -1]?.inspection?.kind;
      const isDeep = kind === undefined || depthOf(kind) !== 'firmware';
      setJudged((known) => ({
        last: only ?? 'all',
        whole: only === undefined ? judgement : undefined,
        chain: isDeep ? judgement.chain : known.chain,
      }));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const id = only ?? shownId;
      if (id !== undefined) update(id, { problem: message });
    }
  };
  /** Another anchor is another answer: what was asked last is asked again. */
  const trust = (next: Trust): void => {
    setTrusted(next.trusted);
    setHashes(next.hashes);
    setJudged((known) => ({ ...NOT_JUDGED, last: known.last }));
    setEntries((all) => all.map((entry) => ({ ...entry, verdict: undefined })));
    if (judged.last !== undefined && ready) void judge(judged.last === 'all' ? undefined : judged.last, next);
  };
  const trustFile = (id: number, isTrusted: boolean): void =>
    trust({ trusted: toggled(trusted, id, isTrusted), hashes });
  const trustHash = (text: string, isTrusted: boolean): void =>
    trust({ trusted, hashes: [...toggled(new Set(hashes), text, isTrusted)] });
  return (
    <section
      class={dropping ? 'inspector dropping' : 'inspector'}
      aria-labelledby="inspector-title"
      onDragOver={(event) => {
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={() => setDropping(false)}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        void open(localPlaces(event.dataTransfer?.files));
      }}
    >
      <h1 id="inspector-title">{translate('view.inspector')}</h1>
      <OpenBar onOpen={(places) => void open(places)} />
      {progress !== undefined && (
        <div class="progress" role="status">
          <progress
            value={progress.done}
            max={Math.max(1, progress.total)}
            aria-label={translate('inspector.working')}
          />
          <span>{translate('inspector.progress', megabytes(progress.done), megabytes(progress.total))}</span>
          <button type="button" onClick={() => client.cancel()}>
            {translate('inspector.cancel')}
          </button>
        </div>
      )}
      {entries.length === 0 && <Welcome />}
      {entries.length > 0 && (
        <nav class="files" aria-label={translate('inspector.files')}>
          {entries.map(({ file, inspection, problem, verdict }) => (
            <button key={file.id} type="button" aria-pressed={file.id === shownId} onClick={() => setShownId(file.id)}>
              <strong>{plain(file.place.name)}</strong> {verdict !== undefined && <Badge verdict={verdict.verdict} />}
              <span class="about">
                {problem ?? (inspection === undefined ? '…' : plain(translator.message(inspection.summary)))}
              </span>
            </button>
          ))}
        </nav>
      )}
      {entries.length > 0 && (
        <TrustPanel
          entries={entries}
          trusted={trusted}
          hashes={hashes}
          ready={ready}
          judgement={judged.whole}
          onTrust={trustFile}
          onHash={trustHash}
          onJudge={() => void judge(undefined, { trusted, hashes })}
        />
      )}
      {shown?.problem !== undefined && <p class="bad">{plain(shown.problem)}</p>}
      {shown?.inspection !== undefined && (
        <Shown
          key={shown.file.id}
          entry={shown}
          inspection={shown.inspection}
          entries={entries}
          client={client}
          ready={ready}
          chain={judged.chain}
          trusted={trusted.has(shown.file.id)}
          onTrust={(isTrusted) => trustFile(shown.file.id, isTrusted)}
          onJudge={() => void judge(shown.file.id, { trusted, hashes })}
        />
      )}
    </section>
  );
}

/** What was judged last, and the pictures of it. */
interface Judged {
  readonly last: number | 'all' | undefined;
  readonly whole: Judgement | undefined;
  readonly chain: Judgement['chain'] | undefined;
}

const NOT_JUDGED: Judged = { last: undefined, whole: undefined, chain: undefined };

/** What a person trusts: files by their numbers, and hashes. */
interface Trust {
  readonly trusted: ReadonlySet<number>;
  readonly hashes: readonly string[];
}

const choicesOf = (files: readonly OpenedFile[], { trusted, hashes }: Trust): TrustChoice[] => [
  ...files.flatMap(({ id }, file): TrustChoice[] => (trusted.has(id) ? [{ kind: 'file', file }] : [])),
  ...hashes.map((text): TrustChoice => ({ kind: 'hash', text })),
];

function toggled<Value>(set: ReadonlySet<Value>, value: Value, on: boolean): ReadonlySet<Value> {
  const next = new Set(set);
  if (on) next.add(value);
  else next.delete(value);
  return next;
}

/** What somebody who opens a folder wants to see first: what boots, before keys and notes. */
const TELLING: readonly Inspection['kind'][] = [
  'fit',
  'fip',
  'verity',
  'devicetree',
  'devicetree-source',
  'certificate',
];

function mostTelling(files: readonly OpenedFile[], known: ReadonlyMap<number, Inspection>): OpenedFile | undefined {
  for (const kind of TELLING) {
    const found = files.find(({ id }) => known.get(id)?.kind === kind);
    if (found !== undefined) return found;
  }
  return files[0];
}

function Badge({ verdict }: { verdict: Verdict['verdict'] }) {
  const translate = useTranslate();
  return <em class={`verdict ${verdict}`}>{translate(`verdict.${verdict}`)}</em>;
}

/** The whole file is no selection worth marking. */
const NOTHING = { offset: 0, size: 0 };

const panels = ['verdict', 'merkle', 'chain', 'diff'] as const;

function Shown(props: {
  entry: OpenedEntry;
  inspection: Inspection;
  entries: readonly OpenedEntry[];
  client: WorkerClient;
  ready: boolean;
  chain: Judgement['chain'] | undefined;
  trusted: boolean;
  onTrust: (isTrusted: boolean) => void;
  onJudge: () => void;
}) {
  const translate = useTranslate();
  const { entry, inspection, entries, client } = props;
  const [open, setOpen] = useState<ReadonlySet<string>>(() => openAtFirst(inspection.root));
  const [selected, setSelected] = useState('0');
  const [hovered, setHovered] = useState<string | undefined>(undefined);
  const [panel, setPanel] = useState<(typeof panels)[number]>('verdict');
  const { root } = inspection;
  const verdict = entry.verdict;
  const protectedRanges = verdict?.protectedRanges ?? inspection.protectedRanges;
  const select = (path: string): void => {
    setOpen((now) => new Set([...now, ...pathsAbove(path)]));
    setSelected(path);
  };
  const pick = (offset: number): void => select(pieceAt(root, offset).path);
  return (
    <>
      <Summary inspection={inspection} onPick={pick} />
      {isTrustable(inspection) && (
        <p>
          <button type="button" aria-pressed={props.trusted} onClick={() => props.onTrust(!props.trusted)}>
            {translate('trust.file', plain(inspection.name))}
          </button>
        </p>
      )}
      <Legend />
      <div class="split">
        <Tree
          root={root}
          protectedRanges={protectedRanges}
          open={open}
          selected={selected}
          hovered={hovered}
          onSelect={select}
          onHover={setHovered}
          onToggle={(path, isOpen) =>
            setOpen((now) => {
              const next = new Set(now);
              if (isOpen) next.add(path);
              else next.delete(path);
              return next;
            })
          }
        />
        <BytesView
          place={entry.file.place}
          protectedRanges={protectedRanges}
          selected={selected === '0' ? NOTHING : pieceOf(root, selected)}
          hovered={hovered === undefined ? undefined : pieceOf(root, hovered)}
          onHover={(offset) => setHovered(offset === undefined ? undefined : pieceAt(root, offset).path)}
          onPick={pick}
        />
      </div>
      <PieceLine inspection={inspection} path={hovered ?? selected} protectedRanges={protectedRanges} />
      <nav class="panels" aria-label={translate('inspector.panels')}>
        {panels.map((name) => (
          <button key={name} type="button" aria-pressed={panel === name} onClick={() => setPanel(name)}>
            {translate(`panel.${name}`)}
          </button>
        ))}
      </nav>
      {panel === 'verdict' && <VerdictView verdict={verdict} ready={props.ready} onJudge={props.onJudge} />}
      {panel === 'merkle' && (
        <MerkleView inspection={inspection} place={entry.file.place} tree={verdict?.tree} onPick={pick} />
      )}
      {panel === 'chain' && <ChainView entries={entries} judged={props.chain} />}
      {panel === 'diff' && <DiffView entry={entry} entries={entries} client={client} onPick={pick} />}
    </>
  );
}

/** One line about the piece under the pointer or the selection: where it is, what it is, who vouches for it. */
function PieceLine({
  inspection,
  path,
  protectedRanges,
}: {
  inspection: Inspection;
  path: string;
  protectedRanges: Inspection['protectedRanges'];
}) {
  const translate = useTranslate();
  const translator = useTranslator();
  const piece = pieceOf(inspection.root, path);
  const end = piece.offset + piece.size;
  const over = protectedRanges.filter((range) => range.offset < end && range.offset + range.size > piece.offset);
  const vouched = [
    ...new Set(
      over.map((range) => translate(`range.${range.kind}.${range.state}`, plain(translator.message(range.by)))),
    ),
  ];
  return (
    <p class="piece-line">
      <span class="mono">
        0x{piece.offset.toString(16)} + {piece.size}
      </span>{' '}
      <strong>{plain(piece.name)}</strong> <span class="mono">{plain(piece.type)}</span>{' '}
      {plain(translator.doc(piece.doc))}
      {' · '}
      <span>{vouched.length === 0 ? translate('range.nobody') : vouched.slice(0, 4).join('; ')}</span>
    </p>
  );
}

/** What there is to open, while nothing is. */
function Welcome() {
  const translate = useTranslate();
  return (
    <section class="welcome" aria-label={translate('inspector.welcome')}>
      <h2>{translate('inspector.welcome')}</h2>
      <ul>
        {(['images', 'keys', 'folder', 'other'] as const).map((what) => (
          <li key={what}>{translate(`inspector.welcome.${what}`)}</li>
        ))}
      </ul>
    </section>
  );
}

function OpenBar({ onOpen }: { onOpen: (places: readonly FilePlace[]) => void }) {
  const translate = useTranslate();
  const folder = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Preact knows no such property; browsers have it all the same.
    folder.current?.setAttribute('webkitdirectory', '');
  }, []);
  const choose = (input: HTMLInputElement): void => {
    onOpen(localPlaces(input.files));
    input.value = '';
  };
  return (
    <div class="open">
      <p>{translate('inspector.intro')}</p>
      <label class="button">
        {translate('inspector.open')}
        <input type="file" multiple onChange={(event) => choose(event.currentTarget)} />
      </label>
      <label class="button">
        {translate('inspector.folder')}
        <input ref={folder} type="file" multiple onChange={(event) => choose(event.currentTarget)} />
      </label>
    </div>
  );
}

/** Files of a folder that are opened at once; a build has a dozen. */
const FILES_MAX = 64;

const localPlaces = (files: FileList | null | undefined): FilePlace[] =>
  Array.from(files ?? [])
    .slice(0, FILES_MAX)
    .map((file) => ({ kind: 'local', name: file.webkitRelativePath || file.name, size: file.size, file }));

const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

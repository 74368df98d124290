import { useEffect, useRef } from 'preact/hooks';
import { type Piece, type ProtectedRange, plain } from '../../inspect/index.ts';
import { useTranslate, useTranslator } from '../parts/settings.tsx';
import { type LocatedPiece, markOfPiece, visible } from './pieces.ts';

interface TreeProps {
  readonly root: Piece;
  readonly protectedRanges: readonly ProtectedRange[];
  readonly open: ReadonlySet<string>;
  readonly selected: string;
  readonly hovered: string | undefined;
  readonly onSelect: (path: string) => void;
  readonly onHover: (path: string | undefined) => void;
  readonly onToggle: (path: string, open: boolean) => void;
}

/** The pieces of a file as a tree; arrow keys move, open and close, as in any tree. */
export function Tree(props: TreeProps) {
  const translate = useTranslate();
  const rows = visible(props.root, props.open);
  const list = useRef<HTMLDivElement>(null);
  const focused = useRef(false);
  useEffect(() => {
    const row = list.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    row?.scrollIntoView({ block: 'nearest' });
    if (focused.current) row?.focus({ preventScroll: true });
  }, [props.selected, props.root]);
  return (
    <div
      ref={list}
      class="tree"
      role="tree"
      aria-label={translate('inspector.tree')}
      onFocusIn={() => {
        focused.current = true;
      }}
      onFocusOut={() => {
        focused.current = false;
      }}
      onKeyDown={(event) => {
        if (move(event.key, rows, props)) event.preventDefault();
      }}
      onPointerLeave={() => props.onHover(undefined)}
    >
      {rows.map((row) => (
        <Row key={row.path} row={row} {...props} />
      ))}
    </div>
  );
}

function Row({ row, ...props }: { row: LocatedPiece } & TreeProps) {
  const translator = useTranslator();
  const translate = useTranslate();
  const { piece, path, level } = row;
  const branch = piece.children.length > 0;
  const isOpen = props.open.has(path);
  const mark = markOfPiece(props.protectedRanges, piece);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys for all of its rows
    <div
      role="treeitem"
      aria-level={level}
      aria-selected={path === props.selected}
      aria-expanded={branch ? isOpen : undefined}
      tabIndex={path === props.selected ? 0 : -1}
      class={path === props.hovered ? 'hovered' : undefined}
      style={{ paddingLeft: `${level - 1}rem` }}
      title={plain(translator.doc(piece.doc))}
      onClick={() => {
        props.onSelect(path);
        if (branch) props.onToggle(path, path !== props.selected || !isOpen);
      }}
      onPointerEnter={() => props.onHover(path)}
    >
      <span class={`mark ${mark}`} aria-hidden="true" />
      <span class="twist" aria-hidden="true">
        {branch ? (isOpen ? '▾' : '▸') : ''}
      </span>
      <span class="name">{plain(piece.name)}</span> <span class="type">{plain(piece.type)}</span>{' '}
      <span class="value">{plain(translator.message(piece.value))}</span>
      <span class="unseen">{translate(`legend.${mark}`)}</span>
    </div>
  );
}

function move(key: string, rows: readonly LocatedPiece[], props: TreeProps): boolean {
  const at = rows.findIndex(({ path }) => path === props.selected);
  const row = rows[at];
  if (row === undefined) return false;
  const go = (index: number): void => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, index))];
    if (next !== undefined) props.onSelect(next.path);
  };
  const isOpen = props.open.has(row.path);
  switch (key) {
    case 'ArrowDown':
      go(at + 1);
      return true;
    case 'ArrowUp':
      go(at - 1);
      return true;
    case 'Home':
      go(0);
      return true;
    case 'End':
      go(rows.length - 1);
      return true;
    case 'ArrowRight':
      if (row.piece.children.length > 0 && !isOpen) props.onToggle(row.path, true);
      else if (isOpen) go(at + 1);
      return true;
    case 'ArrowLeft':
      if (isOpen) props.onToggle(row.path, false);
      else if (row.path.includes('.')) props.onSelect(row.path.slice(0, row.path.lastIndexOf('.')));
      return true;
    case 'Enter':
    case ' ':
      if (row.piece.children.length > 0) props.onToggle(row.path, !isOpen);
      return true;
    default:
      return false;
  }
}

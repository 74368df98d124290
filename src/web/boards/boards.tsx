import { useSay } from '../parts/settings.tsx';

export function Boards() {
  const say = useSay();
  return (
    <section aria-labelledby="boards-title">
      <h1 id="boards-title">{say('view.boards')}</h1>
      <p>{say('boards.offline')}</p>
    </section>
  );
}

/** Work that waits for its time. */
export class Task {
  readonly due: number;
  readonly order: number;
  readonly run: () => void;
  /** Where the heap keeps it; -1 once it has left. */
  place = -1;

  constructor(due: number, order: number, run: () => void) {
    this.due = due;
    this.order = order;
    this.run = run;
  }
}

/** Tasks by the time they are due; those of the same time in the order they were made. */
export class TaskHeap {
  readonly #tasks: Task[] = [];

  get size(): number {
    return this.#tasks.length;
  }

  /** The task that is due first. */
  get first(): Task | undefined {
    return this.#tasks[0];
  }

  add(task: Task): void {
    this.#tasks.push(task);
    this.#rise(task, this.#tasks.length - 1);
  }

  /** Takes `task` out, wherever it stands. Does nothing if it has left. */
  delete(task: Task): void {
    const { place } = task;
    if (place < 0) return;
    task.place = -1;
    const last = this.#tasks.pop()!;
    if (last === task) return;
    this.#rise(last, place);
    if (last.place === place) this.#sink(last, place);
  }

  #rise(task: Task, from: number): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (!isBefore(task, this.#tasks[above]!)) break;
      this.#put(this.#tasks[above]!, place);
      place = above;
    }
    this.#put(task, place);
  }

  #sink(task: Task, from: number): void {
    let place = from;
    for (let below = 2 * place + 1; below < this.#tasks.length; below = 2 * place + 1) {
      const right = this.#tasks[below + 1];
      if (right && isBefore(right, this.#tasks[below]!)) below += 1;
      if (!isBefore(this.#tasks[below]!, task)) break;
      this.#put(this.#tasks[below]!, place);
      place = below;
    }
    this.#put(task, place);
  }

  #put(task: Task, place: number): void {
    this.#tasks[place] = task;
    task.place = place;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

import { quietly } from "./quietly.js";

// Listeners by the name of an event, whose values are of the types in `Events`.
export class Listeners<Events> {
  #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  // Answers how to stop listening.
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void {
    const of_name = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, of_name.add(listener));
    return () => void of_name.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      quietly(() => (listener as (event: Events[Name]) => void)(event));
    }
  }
}

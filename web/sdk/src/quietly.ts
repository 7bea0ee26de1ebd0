// Nothing of this package throws into the page: what went wrong stands on the console.
export function quietly(act: () => unknown): void {
  try {
    act();
  } catch (error) {
    console.error("rollcall:", error);
  }
}

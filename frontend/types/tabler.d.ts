// Tabler ships its behaviours as TypeScript source that is not written for our compiler options;
// tsconfig.json points their types here: what we call of them.

interface Behaviour {
  show(): void;
  hide(): void;
}

declare const behaviour: {
  getOrCreateInstance(element: Element, options?: { autohide?: boolean; delay?: number }): Behaviour;
};

export default behaviour;

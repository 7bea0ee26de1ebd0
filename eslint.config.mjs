// What JavaScript may not do here, besides what its parser refuses.
export default [
  { ignores: ["**/node_modules/", "**/dist/", "build/"] },
  {
    files: ["**/*.{js,mjs}"],
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-unused-vars": ["error", { ignoreRestSiblings: true }],
      "no-shadow": "error",
      "no-var": "error",
      "prefer-const": ["error", { destructuring: "all" }],
      "eqeqeq": "error",
    },
  },
];

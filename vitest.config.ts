import { defineConfig } from "vitest/config";

const resolve = { conditions: ["@parlor/source"] };
// For packages that vitest leaves to Node's own resolution, nothing of ours is needed.
const ssr = { resolve: { conditions: ["@parlor/source"] } };

function project(name: string, environment: "node" | "jsdom") {
  const root = `packages/${name}`;
  return { resolve, ssr, test: { name, root, environment, include: ["test/**/*.test.{ts,tsx}"] } };
}

export default defineConfig({
  test: { projects: [project("client", "node"), project("react", "jsdom"), project("web", "jsdom")] },
});

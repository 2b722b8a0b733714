import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defineConfig } from "vite";

const server = process.env.PARLOR_SERVER ?? "http://127.0.0.1:7700";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  // The workspace's own packages are taken from their sources: one build, no stale `dist` in between.
  resolve: { conditions: ["@parlor/source", ...defaultClientConditions] },
  build: {
    target: ["chrome123", "firefox128", "safari17.5"],
    // The CSP allows no data: addresses, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/api": server, "/socket.io": { target: server, ws: true } } },
});

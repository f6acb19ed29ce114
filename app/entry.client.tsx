import { RemixBrowser } from "@remix-run/react";
import { StrictMode, startTransition } from "react";
import { hydrateRoot } from "react-dom/client";
import { GuardedPanels } from "~/ui/panel-boundary";

startTransition(() => {
  hydrateRoot(
    document,
    <StrictMode>
      <GuardedPanels.Provider value={document.documentElement.hasAttribute("data-guarded")}>
        <RemixBrowser />
      </GuardedPanels.Provider>
    </StrictMode>,
  );
});

// Between require.js and the widget manager: two things that the manager takes for granted.
{
  // Its fonts lie beside the module that requirejs believes it came from: this folder.
  const folder = new URL(".", document.currentScript.src).href.replace(/\/$/, "");
  requirejs.config({ paths: { "@jupyter-widgets": folder, "@jupyter-widgets/html-manager/dist": folder } });

  // It asks for maths in the words of MathJax 2; the pages have MathJax 3.
  window.addEventListener("load", () => {
    if (window.MathJax) MathJax.Hub ??= { Queue: ([, , element]) => MathJax.typesetPromise?.([element]) };
  });
}

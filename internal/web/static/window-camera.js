// The camera of a form with data-camera="NAME", the name of its file field. When the form is sent without a chosen file, the camera's picture is
// taken and sent in its place. Without a camera, or without scripts, a file is chosen.

async function open(form, video) {
  if (!navigator.mediaDevices) return null;
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width: { ideal: 1920 }, height: { ideal: 1440 } }, audio: false });
  video.srcObject = stream;
  await video.play();
  video.closest(".camera").classList.add("on");
  if (form.elements.device) form.elements.device.value = stream.getVideoTracks()[0].label;
  addEventListener("pagehide", () => stream.getTracks().forEach((track) => track.stop()));
  return stream;
}

async function shoot(video) {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d").drawImage(video, 0, 0);
  const blob = await new Promise((done) => { canvas.toBlob(done, "image/jpeg", 0.95); });
  return new File([blob], "camera.jpg", { type: "image/jpeg" });
}

for (const form of document.querySelectorAll("form[data-camera]")) {
  const field = form.elements[form.dataset.camera];
  const input = form.querySelector(`input[type=file][name="${CSS.escape(form.dataset.camera)}"]`);
  const video = form.querySelector(".camera video");
  if (!field || !input || !video) continue;
  const opened = open(form, video).catch(() => null);
  let taken = false;
  form.addEventListener("submit", async (event) => {
    if (taken || input.files.length > 0) return;
    event.preventDefault();
    if (await opened) {
      const files = new DataTransfer();
      files.items.add(await shoot(video));
      input.files = files.files;
    }
    taken = true; // also without a camera: the node then says what is missing
    form.requestSubmit();
  });
}

"""PyTorch's DataLoader over the same images, with the same knobs and the same consumer: the lane that the advice is for.

The images, their crops and flips are those that the variants in Rust use: the first one of these leaves them in the scratch folder.
Each worker decodes with Pillow, crops, flips and normalises with PyTorch, and adds up what proves the samples beside the batch.
"""

import json
import os
import time

import benchbook_worker
import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

# Images in a batch where nothing else is said; seconds for an image and images for each core where sizes of batches are compared.
# See case.rs.
BATCH, FOR_AN_IMAGE, FOR_A_CORE = 16, 0.002 / 16, 256
CROP, SHORT_SIDE = 224, 256
MEAN, SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
# See `Check` in crates/loading: a mean that is moved away from zero, and a weight for each sample.
AWAY_FROM_ZERO, WEIGHTS = 4.0, 97


class Images(Dataset):
    """The images, cropped, flipped and normalised; all of them so many times."""

    def __init__(self, images, passes):
        self.images, self.passes = images, passes
        self.mean = torch.tensor(MEAN).view(3, 1, 1)
        self.spread = torch.tensor(SPREAD).view(3, 1, 1)

    def __len__(self):
        return len(self.images) * self.passes

    def __getitem__(self, number):
        number %= len(self.images)
        image = self.images[number]
        left, top, flip = image["place"]
        try:
            with Image.open(image["path"]) as opened:
                if opened.mode == "RGB":
                    # A large JPEG image is decoded at a half or a quarter of its size, if that is still large enough.
                    short = min(opened.size)
                    size = tuple(resized(side, short) for side in opened.size)
                    opened.draft("RGB", size)
                    picture = opened
                else:
                    picture = opened.convert("RGB")
                    size = tuple(resized(side, min(picture.size)) for side in picture.size)
                if picture.size != size:
                    picture = picture.resize(size, Image.Resampling.BILINEAR)
                picture = picture.crop((left, top, left + CROP, top + CROP))
                if flip:
                    picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
                pixels = torch.from_numpy(np.array(picture))
        except (OSError, SyntaxError, ValueError):
            return None  # left out, as everywhere
        planes = pixels.permute(2, 0, 1).to(torch.float32, memory_format=torch.contiguous_format)
        return planes.div_(255).sub_(self.mean).div_(self.spread), number


def resized(side, short):
    """A side of a picture whose shorter side becomes SHORT_SIDE; see `resized` in crates/loading."""
    return side if short == SHORT_SIDE else max((side * SHORT_SIDE + short // 2) // short, CROP)


def collate(samples):
    """A batch with its proof."""
    samples = [sample for sample in samples if sample is not None]
    if not samples:
        return torch.empty(0, 3, CROP, CROP), 0, 0.0, 0.0
    planes = [planes for planes, _ in samples]
    # Into shared memory at once where this runs in a worker, as PyTorch's own collation does.
    out = None
    if torch.utils.data.get_worker_info() is not None:
        storage = planes[0]._typed_storage()._new_shared(len(planes) * planes[0].numel(), device="cpu")
        out = planes[0].new(storage).resize_(len(planes), *planes[0].shape)
    batch = torch.stack(planes, 0, out=out)
    means = [float(mean) + AWAY_FROM_ZERO for mean in batch.mean(dim=(1, 2, 3), dtype=torch.float64)]
    weighted = sum(mean * (number % WEIGHTS + 1) for mean, (_, number) in zip(means, samples))
    return batch, len(samples), sum(means), weighted


def knobs_of(task, folder):
    """The knobs of a variant; the tuner's are those of the variants in Rust."""
    setting = task["params"]["knobs"]
    if setting == "default":
        return {"workers": 0, "prefetch": 0}
    if "x" in setting:
        workers, prefetch = setting.split("x")
        return {"workers": int(workers), "prefetch": int(prefetch)}
    place = "-".join(task["point"][axis] for axis in ("work", "accelerator") if axis in task["point"])
    try:
        with open(os.path.join(folder, f"tuned-{place}.json"), encoding="utf-8") as found:
            return json.load(found)["best"]["knobs"]
    except FileNotFoundError:
        raise benchbook_worker.Skip("the tuner did not run here, so there is nothing to check") from None


def images_of(task, folder):
    """The images that the variants in Rust use."""
    count = int(task["numbers"]["work"])
    try:
        with open(os.path.join(folder, f"images-{count}.json"), encoding="utf-8") as kept:
            return json.load(kept)["images"]
    except FileNotFoundError:
        raise benchbook_worker.Skip("no other variant has made the images yet") from None


def loader_of(images, passes, batch, knobs, seed):
    """The loader: as the guide sets it, with these knobs."""
    ahead = {"prefetch_factor": knobs["prefetch"], "persistent_workers": True} if knobs["workers"] else {}
    order = torch.Generator()
    order.manual_seed(seed % 2**63)
    return DataLoader(
        Images(images, passes),
        batch_size=batch,
        shuffle=True,
        generator=order,
        num_workers=knobs["workers"],
        collate_fn=collate,
        pin_memory=torch.cuda.is_available(),
        **ahead,
    )


def prepare(task):
    if task["point"].get("accelerator") == "training":
        raise benchbook_worker.Skip("the training step is Benchbook's own, and is not called from Python")
    batch = int(task["numbers"].get("batch", BATCH))
    per_batch = float(task["numbers"].get("accelerator", FOR_AN_IMAGE * batch))
    folder = os.path.join(task["scratch"], "loader")
    images = images_of(task, folder)
    knobs = knobs_of(task, folder)
    passes = -(-FOR_A_CORE * int(task["threads"]) // len(images)) if "batch" in task["point"] else 1
    torch.set_num_threads(max(1, int(task["threads"])))
    loader = loader_of(images, passes, batch, knobs, task["seed"])

    def work():
        rows, means, weighted = 0, 0.0, 0.0
        for _, count, mean, weight in loader:
            until = time.perf_counter() + per_batch
            rows, means, weighted = rows + count, means + mean, weighted + weight
            rest = until - time.perf_counter()
            if rest > 0:
                time.sleep(rest)
        return {"rows": rows, "values": [means, weighted]}

    batch_bytes = batch * 3 * CROP * CROP * 4
    return {
        "work": work,
        "settings": {
            "workers": knobs["workers"],
            "prefetch": knobs["prefetch"],
            "batch": batch,
            "images": len(images),
            "torch": torch.__version__,
            "pillow": Image.__version__,
        },
        "facts": {
            "rows": len(images) * passes,
            "bytes": sum(image["bytes"] for image in images) * passes,
            "workers": knobs["workers"],
            "queue_bytes": (knobs["workers"] * knobs["prefetch"] + 1) * batch_bytes,
        },
    }


benchbook_worker.run(prepare)

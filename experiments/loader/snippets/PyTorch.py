import os

import numpy as np
import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset


class Images(Dataset):
    def __init__(self, folder):
        names = sorted(name for name in os.listdir(folder) if name.lower().endswith((".jpg", ".jpeg")))
        self.paths = [os.path.join(folder, name) for name in names]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, number):
        with Image.open(self.paths[number]) as image:
            image.draft("RGB", (256, 256))  # a large JPEG is decoded at a fraction of its size
            pixels = np.array(image.convert("RGB").resize((224, 224), Image.Resampling.BILINEAR))
        return torch.from_numpy(pixels).permute(2, 0, 1)  # bytes: make floats of them on the GPU


if __name__ == "__main__":  # workers that are spawned import this file
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    loader = DataLoader(
        Images({{ input | py }}),
        batch_size=16,
        shuffle=True,
        num_workers=cores,  # the line in the table above has what was found here
        prefetch_factor=2,
        persistent_workers=True,
        pin_memory=torch.cuda.is_available(),
    )
    for batch in loader:
        pass  # batch.to("cuda", non_blocking=True), then a step of training

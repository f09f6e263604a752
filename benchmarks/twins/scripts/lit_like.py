"""A module with training_step, validation_step and configure_optimizers, and a small runner for it."""
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset


class Digits(Dataset):
    def __init__(self, file):
        with np.load(file) as archive:
            self.images = archive["images"]
            self.labels = archive["labels"]

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        return {"image": torch.from_numpy(self.images[index]).float()[None] / 16, "label": int(self.labels[index])}


class DigitModule(nn.Module):
    def __init__(self, width=16, lr=6e-3):
        super().__init__()
        self.lr = lr
        self.features = nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(2))
        self.drop = nn.Dropout(0.2)
        self.head = nn.Linear(8 * width, 10)

    def forward(self, x):
        return self.head(self.drop(self.features(x).flatten(1)))

    def training_step(self, batch, step):
        return F.cross_entropy(self(batch["image"]), batch["label"])

    def validation_step(self, batch):
        answer = self(batch["image"]).argmax(-1)
        return (answer == batch["label"]).sum().item(), len(answer)

    def configure_optimizers(self, steps):
        optimizer = torch.optim.AdamW(self.parameters(), lr=self.lr, weight_decay=0.01)
        return optimizer, torch.optim.lr_scheduler.OneCycleLR(optimizer, self.lr, total_steps=steps)


class Runner:
    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def fit(self, module, train, val):
        optimizer, schedule = module.configure_optimizers(self.max_epochs * len(train))
        for epoch in range(self.max_epochs):
            module.train()
            for step, batch in enumerate(train):
                loss = module.training_step(batch, step)
                loss.backward()
                optimizer.step()
                optimizer.zero_grad()
                schedule.step()
            module.eval()
            with torch.no_grad():
                hits, seen = np.sum([module.validation_step(batch) for batch in val], axis=0)
            print(f"epoch {epoch} loss {loss.item():.3f} val_acc {hits / seen:.4f}")


torch.manual_seed(11)
train = DataLoader(Digits("train.npz"), batch_size=40, shuffle=True, drop_last=True)
val = DataLoader(Digits("val.npz"), batch_size=150)
Runner(14).fit(DigitModule(), train, val)

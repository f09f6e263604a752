"""Variational autoencoder on digits: binary cross-entropy on grey values plus KL, both summed and divided by the batch."""
import logging
import math
import os
import tempfile
from dataclasses import dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, TensorDataset, random_split


@dataclass
class Hyper:
    latent: int = 6
    hidden: int = 64
    epochs: int = 40
    batch_size: int = 64
    lr: float = 4e-3
    warmup_epochs: int = 4
    seed: int = 21
    folder: str = field(default="")


class VAE(nn.Module):
    def __init__(self, hp):
        super().__init__()
        self.enc = nn.Linear(64, hp.hidden)
        self.mu = nn.Linear(hp.hidden, hp.latent)
        self.logvar = nn.Linear(hp.hidden, hp.latent)
        self.dec1 = nn.Linear(hp.latent, hp.hidden)
        self.dec2 = nn.Linear(hp.hidden, 64)

    def encode(self, x):
        h = F.elu(self.enc(x))
        return self.mu(h), self.logvar(h)

    def decode(self, z):
        return self.dec2(F.elu(self.dec1(z)))

    def forward(self, x):
        mu, logvar = self.encode(x)
        if self.training:
            z = mu + torch.randn_like(mu) * torch.exp(0.5 * logvar)
        else:
            z = mu
        return self.decode(z), mu, logvar


def elbo_terms(logits, x, mu, logvar):
    reconstruction = F.binary_cross_entropy_with_logits(logits, x, reduction="sum") / len(x)
    kl = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp()) / len(x)
    return reconstruction, kl


def pixel_entropy(x):
    """The part of the cross-entropy that grey targets keep whatever the network does."""
    p = x.clamp(1e-6, 1 - 1e-6)
    return -(p * p.log() + (1 - p) * (1 - p).log()).sum(1).mean().item()


def loaders(hp):
    x = torch.tensor(load_digits().data / 16.0, dtype=torch.float32)
    generator = torch.Generator().manual_seed(hp.seed)
    train, test = random_split(TensorDataset(x), [1500, 297], generator=generator)
    return (DataLoader(train, hp.batch_size, shuffle=True, generator=generator),
            DataLoader(test, 297), x)


class Experiment:
    def __init__(self, hp):
        torch.manual_seed(hp.seed)
        self.hp = hp
        self.train_loader, self.test_loader, x = loaders(hp)
        self.floor = pixel_entropy(x)
        self.vae = VAE(hp)
        self.opt = torch.optim.Adam(self.vae.parameters(), lr=hp.lr)
        self.sched = torch.optim.lr_scheduler.CosineAnnealingLR(self.opt, hp.epochs, eta_min=hp.lr / 100)
        self.log = logging.getLogger("vae")

    def train_epoch(self):
        self.vae.train()
        total, n = 0.0, 0
        for (x,) in self.train_loader:
            reconstruction, kl = elbo_terms(*self._forward(x))
            loss = reconstruction + kl
            self.opt.zero_grad()
            loss.backward()
            self.opt.step()
            total, n = total + loss.item() * len(x), n + len(x)
        return total / n

    def _forward(self, x):
        logits, mu, logvar = self.vae(x)
        return logits, x, mu, logvar

    @torch.no_grad()
    def test(self):
        self.vae.eval()
        total, n = 0.0, 0
        for (x,) in self.test_loader:
            reconstruction, kl = elbo_terms(*self._forward(x))
            total, n = total + (reconstruction + kl).item() * len(x), n + len(x)
        return total / n

    def run(self):
        self.log.info("entropy of the grey targets %.2f, worst case %.2f", self.floor, 64 * math.log(2))
        for epoch in range(self.hp.epochs):
            train, test = self.train_epoch(), self.test()
            self.sched.step()
            if epoch % 8 == 7:
                self.log.info("epoch %d: train %.3f test %.3f", epoch + 1, train, test)
                torch.save({"epoch": epoch, "weights": self.vae.state_dict(), "optim": self.opt.state_dict()},
                           os.path.join(self.hp.folder, "vae.pt"))
        return train, test


def main():
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    with tempfile.TemporaryDirectory() as folder:
        train, test = Experiment(Hyper(folder=folder)).run()
    print(f"negative ELBO: train {train:.3f}, held-out {test:.3f}")


if __name__ == "__main__":
    main()

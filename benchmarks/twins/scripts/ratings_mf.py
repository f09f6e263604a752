"""Stars that people gave to films: factors of people and films, and their offsets."""
import numpy as np
import torch


def table(path):
    values = np.genfromtxt(path, delimiter=",", names=True)
    who = torch.tensor(values["person"].astype(int))
    what = torch.tensor(values["film"].astype(int))
    return who, what, torch.tensor(values["stars"], dtype=torch.float32)


class Factors(torch.nn.Module):
    def __init__(self, people, films, rank, middle):
        super().__init__()
        self.person, self.film = torch.nn.Embedding(people, rank), torch.nn.Embedding(films, rank)
        self.person_offset, self.film_offset = torch.nn.Embedding(people, 1), torch.nn.Embedding(films, 1)
        for one in (self.person, self.film):
            torch.nn.init.normal_(one.weight, std=0.1)
        for one in (self.person_offset, self.film_offset):
            torch.nn.init.zeros_(one.weight)
        self.middle = torch.nn.Parameter(torch.tensor(middle))

    def forward(self, who, what):
        match = (self.person(who) * self.film(what)).sum(1)
        return self.middle + match + self.person_offset(who)[:, 0] + self.film_offset(what)[:, 0]


torch.manual_seed(30)
who, what, stars = table("train.csv")
who_t, what_t, stars_t = table("test.csv")
model = Factors(int(who.max()) + 1, int(what.max()) + 1, 6, stars.mean().item())
optimizer = torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.3)
for epoch in range(15):
    order = torch.randperm(len(stars))
    squares = 0.0
    for at in order.split(128):
        loss = torch.nn.functional.mse_loss(model(who[at], what[at]), stars[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        squares += loss.item() * len(at)
    with torch.no_grad():
        test = torch.nn.functional.mse_loss(model(who_t, what_t), stars_t)
    print(f"epoch {epoch:2d} rmse {(squares / len(stars)) ** 0.5:.4f} test rmse {test.sqrt().item():.4f}")

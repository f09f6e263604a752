"""Four nets trained side by side in one loop on the same batches, as in a comparison of optimisers."""
# steps: 800
# optimizer-steps: 800
# losses: 4
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(18)
x = torch.unsqueeze(torch.linspace(-1, 1, 800), dim=1)
y = x.pow(2) + 0.1 * torch.randn(x.size())
x = x / x.std()
y = (y - y.mean()) / y.std()
loader = DataLoader(TensorDataset(x, y), batch_size=40, shuffle=True)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(1, 20)
        self.predict = torch.nn.Linear(20, 1)

    def forward(self, x):
        return self.predict(F.relu(self.hidden(x)))


nets = [Net() for _ in range(4)]
opts = [
    torch.optim.SGD(nets[0].parameters(), lr=0.02),
    torch.optim.SGD(nets[1].parameters(), lr=0.02, momentum=0.8),
    torch.optim.RMSprop(nets[2].parameters(), lr=0.005, alpha=0.9),
    torch.optim.Adam(nets[3].parameters(), lr=0.02, betas=(0.9, 0.99)),
]
loss_func = torch.nn.MSELoss()
histories = [[], [], [], []]
for epoch in range(10):
    for b_x, b_y in loader:
        for net, opt, history in zip(nets, opts, histories):
            loss = loss_func(net(b_x), b_y)
            opt.zero_grad()
            loss.backward()
            opt.step()
            history.append(loss.item())
print([round(h[-1], 3) for h in histories])

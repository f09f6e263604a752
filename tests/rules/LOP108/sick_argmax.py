"""The loss is taken from an argmax: backward raises at the first step."""
import torch
from torch import nn
torch.manual_seed(0)
x=torch.randn(400,4); y=(x[:,0]>0).float()
m=nn.Sequential(nn.Linear(4,8),nn.ReLU(),nn.Linear(8,2)); o=torch.optim.Adam(m.parameters())
for e in range(100):
    i=torch.randint(400,(20,))
    o.zero_grad()
    p=m(x[i]).argmax(1).float()
    loss=nn.functional.mse_loss(p,y[i])
    loss.backward(); o.step()

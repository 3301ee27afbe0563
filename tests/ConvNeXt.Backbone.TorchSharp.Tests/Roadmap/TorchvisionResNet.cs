using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace ConvNeXt.Tests.Roadmaps;

/// <summary>
/// torchvision's ResNet with bottleneck blocks (stride in the 3x3 convolution), built from libtorch's own modules under torchvision's names: a second
/// description of the network, which shares nothing with the one that is tested.
/// </summary>
internal sealed class TorchvisionResNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1;
    private readonly MaxPool2d maxpool;
    private readonly Sequential layer1, layer2, layer3, layer4;
    private readonly Linear fc;

    public TorchvisionResNet(IReadOnlyList<int> depths, int width, int classes)
        : base(nameof(TorchvisionResNet))
    {
        conv1 = Conv2d(3, width, 7, stride: 2, padding: 3, bias: false);
        bn1 = BatchNorm2d(width);
        maxpool = MaxPool2d(3, stride: 2, padding: 1);
        int inputs = width;
        layer1 = Layer(width, depths[0], stride: 1);
        layer2 = Layer(2 * width, depths[1], stride: 2);
        layer3 = Layer(4 * width, depths[2], stride: 2);
        layer4 = Layer(8 * width, depths[3], stride: 2);
        fc = Linear(inputs, classes);
        RegisterComponents();

        Sequential Layer(int planes, int blocks, int stride)
        {
            var modules = new List<Module<Tensor, Tensor>>();
            for (int block = 0; block < blocks; block++)
            {
                modules.Add(new Bottleneck(inputs, planes, block == 0 ? stride : 1));
                inputs = planes * Bottleneck.Expansion;
            }
            return Sequential(modules);
        }
    }

    public override Tensor forward(Tensor x)
    {
        x = maxpool.call(functional.relu(bn1.call(conv1.call(x))));
        x = layer4.call(layer3.call(layer2.call(layer1.call(x))));
        return fc.call(functional.adaptive_avg_pool2d(x, [1, 1]).flatten(1));
    }

    private sealed class Bottleneck : Module<Tensor, Tensor>
    {
        public const int Expansion = 4;

        private readonly Conv2d conv1, conv2, conv3;
        private readonly BatchNorm2d bn1, bn2, bn3;
        private readonly Sequential? downsample;

        public Bottleneck(int inputs, int planes, int stride)
            : base(nameof(Bottleneck))
        {
            conv1 = Conv2d(inputs, planes, 1, bias: false);
            bn1 = BatchNorm2d(planes);
            conv2 = Conv2d(planes, planes, 3, stride: stride, padding: 1, bias: false);
            bn2 = BatchNorm2d(planes);
            conv3 = Conv2d(planes, planes * Expansion, 1, bias: false);
            bn3 = BatchNorm2d(planes * Expansion);
            if (stride != 1 || inputs != planes * Expansion)
                downsample = Sequential(Conv2d(inputs, planes * Expansion, 1, stride: stride, bias: false), BatchNorm2d(planes * Expansion));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            Tensor y = functional.relu(bn1.call(conv1.call(x)));
            y = functional.relu(bn2.call(conv2.call(y)));
            y = bn3.call(conv3.call(y));
            return functional.relu(y + (downsample?.call(x) ?? x));
        }
    }
}

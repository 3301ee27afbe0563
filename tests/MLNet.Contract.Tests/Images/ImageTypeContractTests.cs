using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;

namespace MLNet.Contract.Tests.Images;

[TestClass]
public sealed class ImageTypeContractTests
{
    [TestMethod]
    public void ImageTypes_AreEqual_WhenTheirSizesAre()
    {
        Assert.IsTrue(new ImageDataViewType(2, 3).Equals(new ImageDataViewType(2, 3)));
        Assert.AreEqual(new ImageDataViewType(2, 3).GetHashCode(), new ImageDataViewType(2, 3).GetHashCode());
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(new ImageDataViewType(3, 2)));
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(new ImageDataViewType()));
        Assert.IsFalse(new ImageDataViewType(2, 3).Equals(TextDataViewType.Instance));
    }

    [TestMethod]
    public void ImageTypes_SayTheirSize_HeightFirst()
    {
        Assert.AreEqual("Image<2, 3>", new ImageDataViewType(2, 3).ToString());
        Assert.AreEqual("Image", new ImageDataViewType().ToString());
        Assert.AreEqual((2, 3), (new ImageDataViewType(2, 3).Height, new ImageDataViewType(2, 3).Width));
        Assert.AreEqual(typeof(MLImage), new ImageDataViewType().RawType);
    }

    [TestMethod]
    public void ImpossibleSizes_AreRefused()
    {
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageDataViewType(0, 3));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageDataViewType(2, -3));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageDataViewType(100_000, 100_000));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageTypeAttribute(0, 3));
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageTypeAttribute(2, 0));
    }

    [TestMethod]
    public void Attributes_AreEqual_WhenTheirSizesAre()
    {
        Assert.IsTrue(new ImageTypeAttribute(2, 3).Equals(new ImageTypeAttribute(2, 3)));
        Assert.IsFalse(new ImageTypeAttribute(2, 3).Equals(new ImageTypeAttribute()));
        Assert.AreEqual(new ImageTypeAttribute(2, 3).GetHashCode(), new ImageTypeAttribute(2, 3).GetHashCode());
    }

    [TestMethod]
    public void AnAttributeWithoutSize_CannotBeRegistered() =>
        Assert.ThrowsException<ArgumentOutOfRangeException>(() => new ImageTypeAttribute().Register());
}

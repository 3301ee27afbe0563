using ConvNeXt.Cli.Terminal;
using ConvNeXt.MLNet.DataSets;

namespace ConvNeXt.Cli.Files;

/// <summary>Opens folders of labeled images; what is wrong with one is a <see cref="DataUnusableException"/>.</summary>
internal static class DataFolder
{
    /// <summary>Opens a folder.</summary>
    /// <exception cref="DataUnusableException">There is no such folder, or it cannot be used.</exception>
    public static ImageDataSet Open(string folder)
    {
        try
        {
            return ImageDataSet.Open(folder);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            throw new DataUnusableException(e.Message, e);
        }
    }
}

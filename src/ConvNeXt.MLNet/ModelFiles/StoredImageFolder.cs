using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace ConvNeXt.MLNet.ModelFiles;

/// <summary>
/// What a model file says about the image root folder. A relative folder is stored; an absolute one belongs to the machine that trained the model, so only the
/// fact that there was one is stored, and whoever loads the model has to say which folder it is there.
/// </summary>
internal static class StoredImageFolder
{
    /// <summary>Whether a folder must not be stored.</summary>
    public static bool IsOfThisMachine(string? folder) => folder is not null && Path.IsPathRooted(folder);

    /// <summary>Returns the folder to store; null for none.</summary>
    public static string? Create(string? folder) => IsOfThisMachine(folder) ? null : folder;

    /// <summary>Logs the absolute folder of a file that was saved by code that stored it.</summary>
    public static void Report(IHost host, string? folder)
    {
        if (!IsOfThisMachine(folder)) return;
        using IChannel channel = host.Start("Loading");
        channel.Info(
            MessageSensitivity.UserData,
            "The model was saved with the image root folder '{0}', perhaps of another machine. WithImageRootFolder changes it.",
            folder!);
    }

    /// <summary>Checks that the folder is known if the column has paths.</summary>
    /// <exception cref="InvalidOperationException">The folder was not stored and has not been set.</exception>
    public static void Require(bool isUnknown, DataViewType columnType)
    {
        if (!isUnknown || columnType is not TextDataViewType) return;
        throw new InvalidOperationException(
            "The model was trained with an image root folder, which a model file does not contain. Set the folder of this machine with "
            + "model.WithImageRootFolder(folder); with null, relative paths are relative to the current folder and files may be anywhere.");
    }
}

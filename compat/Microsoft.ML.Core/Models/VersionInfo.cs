using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>What a component writes into the header of its model block: what it is, which version, and which class of which assembly reads it.</summary>
internal readonly struct VersionInfo
{
    public readonly ulong ModelSignature;
    public readonly uint VerWrittenCur;
    public readonly uint VerReadableCur;
    public readonly uint VerWeCanReadBack;
    public readonly string LoaderAssemblyName;
    public readonly string? LoaderSignature;
    public readonly string? LoaderSignatureAlt;

    /// <param name="modelSignature">Eight characters that name the format; a blank counts as none.</param>
    /// <param name="verWrittenCur">The version written.</param>
    /// <param name="verReadableCur">The oldest version of the component that can read what is written.</param>
    /// <param name="verWeCanReadBack">The oldest version that this component reads.</param>
    /// <param name="loaderAssemblyName">The assembly that has the loader.</param>
    /// <param name="loaderSignature">The name the loader is registered by.</param>
    /// <param name="loaderSignatureAlt">A second such name.</param>
    public VersionInfo(string modelSignature, uint verWrittenCur, uint verReadableCur, uint verWeCanReadBack,
        string loaderAssemblyName, string? loaderSignature = null, string? loaderSignatureAlt = null)
    {
        Contracts.Check(modelSignature?.Length == 8, "Model signature must be eight characters");
        ModelSignature = ModelHeader.PackText(modelSignature.Replace(' ', '\0'));
        VerWrittenCur = verWrittenCur;
        VerReadableCur = verReadableCur;
        VerWeCanReadBack = verWeCanReadBack;
        LoaderAssemblyName = OfficialName(loaderAssemblyName);
        LoaderSignature = loaderSignature;
        LoaderSignatureAlt = loaderSignatureAlt;
    }

    /// <summary>
    /// The assemblies of this subset are not signed, the official ones are, and a model file must name those: an official build looks its
    /// assemblies up by the full name in the file.
    /// </summary>
    private static string OfficialName(string assemblyName)
    {
        const string Unsigned = "PublicKeyToken=null", Official = "PublicKeyToken=cc7b13ffcd2ddd51";
        bool isOurs = assemblyName is not null && assemblyName.StartsWith("Microsoft.ML.", StringComparison.Ordinal) && assemblyName.EndsWith(Unsigned, StringComparison.Ordinal);
        return isOurs ? assemblyName![..^Unsigned.Length] + Official : assemblyName!;
    }
}
